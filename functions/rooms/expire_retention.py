from shared.edge.job import every
from shared.ports import Clock, Media
from shared.ports.files import ColdFiles, HotFiles
from shared.ports.rooms import Rooms
from shared.recordings.attending import Swept
from shared.rooms.expiring import expire_retention


@every("7 3 * * *")
def rooms_expire_retention(rooms: Rooms, hot: HotFiles, cold: ColdFiles, media: Media, clock: Clock) -> Swept:
    """Delete the recordings that are past their tenant's retention, and remove their files."""
    return expire_retention(rooms=rooms, hot=hot, cold=cold, media=media, clock=clock)
