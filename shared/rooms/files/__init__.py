"""The files of recordings: imported, served, archived and restored, part by part."""
