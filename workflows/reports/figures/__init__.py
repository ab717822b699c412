"""The figures of the dashboards: what each counts and the cases behind it are one and the same query."""
