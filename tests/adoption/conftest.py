"""These are repositories of other people's shape; their tests are run in copies of them."""

collect_ignore_glob = ["*"]
