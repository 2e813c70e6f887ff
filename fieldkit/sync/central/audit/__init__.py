"""What an auditor takes away: transcripts of people, and all that proves them, to be checked without head office."""
