namespace Hawser.Transport;

/// <summary>Why a datagram of the connect phase was dropped, in the order of the checks. Spec: connect.md §5.</summary>
internal enum ConnectDrop
{
    Malformed,

    /// <summary>Packet 0 of a stranger, to a host that is silent to strangers.</summary>
    Stranger,

    /// <summary>Packet 0 with a nonceH that no introducer announced.</summary>
    NotIntroduced,

    /// <summary>A nonceH that is not of this host, or long ago.</summary>
    UnknownEpoch,
    BadCookie,
    WrongDifficulty,

    /// <summary>A copy of a request that is being decided or was answered.</summary>
    Duplicate,

    /// <summary>A nonceI, or a request, that has had its turn.</summary>
    Replayed,
    PuzzleUnsolved,

    /// <summary>Too many from there.</summary>
    RateLimited,

    /// <summary>A table is full.</summary>
    NoRoom,

    /// <summary>It dialled an ID that is not ours.</summary>
    NotOurId,
    NoCommonCipher,

    /// <summary>I, N or K did not open: it is not for this key, or was altered.</summary>
    NotOpened,

    /// <summary>Nobody knows the name that N gave.</summary>
    UnknownName,

    /// <summary>A question went unanswered too long.</summary>
    Expired,
}
