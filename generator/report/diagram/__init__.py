"""Drawings of a graph: `fold` keeps them small, `layers` lays them out, `svg`, `mermaid` and `dot`
write them; `wave_map` draws where a system is."""
