"""How the mall is seen from outside: metrics, signs of life, logs, traces, and how it says goodbye.

Nothing here knows a member: labels are operations, kinds and doors, and logs carry a request's id. `mall.json` is the
dashboard for Grafana and `alerts.yml` the rules for Prometheus; a test holds both against what is really counted.
"""
