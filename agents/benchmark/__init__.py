"""The benchmark: suites, cells, statistics, report, leaderboard."""
