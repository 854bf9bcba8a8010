-- The writes of one redemption in one function, as a PostgreSQL shop would write them: the peer of `./mall bench ledger`
-- and, behind an endpoint, of `./mall bench redeem`. Gives back what an answer needs: `a` is the account as it was.
CREATE TABLE bench_member (n int PRIMARY KEY, member_id uuid NOT NULL);
CREATE TABLE bench_reward (n int PRIMARY KEY, reward_id uuid NOT NULL);

CREATE FUNCTION bench_redeem(
  m uuid, what uuid, made uuid, OUT moment timestamptz, OUT h bytea, OUT balance bigint, OUT remaining bigint,
  OUT a account
) LANGUAGE plpgsql AS $$
DECLARE
  r reward; l record; missing bigint; part bigint; line int := 0; moved text := ''; body json; stood record;
BEGIN
  moment := clock_timestamp();
  SELECT * INTO a FROM account WHERE member_id = m FOR UPDATE;
  PERFORM 1 FROM entry WHERE member_id = m AND entry_id = made;
  SELECT * INTO r FROM reward WHERE reward.id = what;
  PERFORM 1 FROM member WHERE member.id = m AND enrolled_at IS NOT NULL;
  PERFORM "left" FROM stock WHERE sku = r.sku;
  IF a.available < r.points THEN RAISE 'too dear'; END IF;
  missing := r.points;
  FOR l IN SELECT lot_id, available, held, pending FROM lot
           WHERE member_id = m AND open AND (expires_at IS NULL OR expires_at > moment)
           ORDER BY expires_at, lot_id LOOP
    part := least(missing, l.available);
    CONTINUE WHEN part = 0;
    UPDATE lot SET available = available - part, burned = burned + part,
                   open = (l.available - part + l.held + l.pending > 0)
    WHERE member_id = m AND lot_id = l.lot_id;
    INSERT INTO entry_line (member_id, entry_id, line_no, lot_id, from_side, to_side, points)
    VALUES (m, made, line, l.lot_id, 'available', 'burned', part);
    moved := moved || l.lot_id || ':available:burned:' || part || ':,';
    line := line + 1; missing := missing - part;
    EXIT WHEN missing = 0;
  END LOOP;
  body := json_build_object('code', 'REDEMPTION', 'sku', r.sku, 'reward', r.id, 'name', r.name);
  h := sha256(a.head || convert_to('1|' || m || '|' || (a.seq + 1) || '|' || made || '|BURN|' || -r.points || '|0|'
       || (extract(epoch FROM moment) * 1000000)::bigint || '|' || made || '|member|'
       || encode(sha256(convert_to(body::text, 'UTF8')), 'hex') || '|' || moved, 'UTF8'));
  INSERT INTO entry (member_id, entry_id, seq, request_hash, kind, points, debt, available_after, reference, actor, why,
                     occurred_at, created_at, prev_hash, hash)
  VALUES (m, made, a.seq + 1, sha256(convert_to(r.id::text, 'UTF8')), 'BURN', -r.points, 0, a.available - r.points,
          made::text, 'member', body, moment, moment, a.head, h);
  UPDATE account SET available = available - r.points, seq = a.seq + 1, head = h, told = a.told + 2 WHERE member_id = m;
  PERFORM 1 FROM redemption WHERE code_index = sha256(convert_to(made::text, 'UTF8'));
  INSERT INTO redemption (member_id, id, reward_id, sku, points, state, redeemed_at, code_index, code_sealed)
  VALUES (m, made, r.id, r.sku, r.points, 'CONFIRMED', moment, sha256(convert_to(made::text, 'UTF8')), h || h);
  UPDATE stock SET "left" = "left" - 1, redeemed = redeemed + 1, version = version + 1
  WHERE sku = r.sku AND "left" > 0 RETURNING "left", redeemed, version INTO stood;
  IF NOT FOUND THEN RAISE 'out of stock'; END IF;
  INSERT INTO outbox (id, stream, seq, name, body, recorded_at, try_at, attempts)
  SELECT gen_random_uuid(), f.stream, f.seq, f.name, f.body, moment, moment, 0 FROM (VALUES
    ('member:' || m, a.told + 1, 'PointsTaken', json_build_object('member_id', m, 'entry_id', made, 'points', r.points,
      'why', body, 'available', a.available - r.points)),
    ('member:' || m, a.told + 2, 'RewardRedeemed', json_build_object('member_id', m, 'redemption_id', made,
      'reward_id', r.id, 'sku', r.sku, 'kind', r.kind, 'category', r.category, 'points', r.points,
      'state', 'CONFIRMED', 'reward_name', r.name, 'available', a.available - r.points)),
    ('stock:' || r.sku, NULL, 'StockChanged', json_build_object('sku', r.sku, 'left', stood."left",
      'redeemed', stood.redeemed, 'version', stood.version))) AS f (stream, seq, name, body);
  balance := a.available - r.points;
  remaining := stood."left";
END $$;
