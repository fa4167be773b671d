"""What AWS refuses and ministack lets pass; each module checks one thing and says it AWS's way."""
