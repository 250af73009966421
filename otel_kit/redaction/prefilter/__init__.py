"""Which rules a text calls: told by needles, or by hyperscan where it is installed."""
