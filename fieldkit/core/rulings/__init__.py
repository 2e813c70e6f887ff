"""The rules, by subject: functions (session, intent, by, at) → records or a Refusal."""
