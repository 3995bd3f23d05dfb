"""The example's smoke tests, which `stepgate ci smoke` runs after those of any stack."""
