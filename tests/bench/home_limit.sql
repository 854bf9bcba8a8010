-- Everything of one member that her first screen shows. $1 member, $2 session, $3 the first order that counts,
-- $4 the first day of check-ins, $5 now.
SELECT s.secret_hash, s.revoked_at, s.expires_at, m.id, m.nickname, m.enrolled_at,
    a.held, a.pending, a.debt, a.told, a.frozen_at,
    ARRAY(SELECT row(l.available, l.expires_at) FROM lot l
        WHERE l.member_id = m.id AND l.open AND (l.expires_at IS NULL OR l.expires_at > $5)) AS lots,
    ARRAY(SELECT DISTINCT row(n.told_seq, n.expires_at) FROM expiry_notice n
        WHERE n.member_id = m.id AND n.told_seq > 0 AND n.delivered_at IS NULL) AS notices,
    ARRAY(SELECT row(p.paid_at, p.total_minor - p.refunded_minor, p.undone) FROM purchase p
        WHERE p.member_id = ANY (who.parts) AND p.paid_at >= $3 ORDER BY p.paid_at) AS orders,
    ARRAY(SELECT row(c.day, c.streak, c.points, c.repaired, c.made_at) FROM check_in c
        WHERE c.member_id = m.id AND c.day >= $4) AS check_ins,
    ARRAY(SELECT row(t.task_code, t.period) FROM task_award t WHERE t.member_id = m.id) AS awards,
    ARRAY(SELECT row(r.reward_id, r.state, r.origin, r.member_id) FROM redemption r
        WHERE r.member_id = ANY (who.parts) ORDER BY r.redeemed_at DESC, r.id DESC) AS redemptions
FROM member me
JOIN member m ON m.id = coalesce(me.merged_into, me.id)
LEFT JOIN account a ON a.member_id = m.id
LEFT JOIN member_session s ON s.member_id = me.id AND s.id = $2
CROSS JOIN LATERAL (SELECT array_prepend(m.id, ARRAY(SELECT id FROM member WHERE merged_into = m.id)) AS parts) who
WHERE me.id = $1
