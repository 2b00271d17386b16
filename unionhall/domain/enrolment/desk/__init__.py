"""What officers do about memberships."""
