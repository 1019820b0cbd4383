"""Console commands about record files; none of them loads torch."""
