namespace Hawser.Session.Tcp;

/// <summary>Why a TCP connection was ended in silence. Spec: session.md §5.7.</summary>
internal enum TcpDrop
{
    /// <summary>A frame of no length, or longer than what may come in its place.</summary>
    BadLength,

    /// <summary>The handshake, or one frame, took too long.</summary>
    TooSlow,

    /// <summary>A packet that the state does not license.</summary>
    OutOfPlace,

    /// <summary>I, N, K or Q that did not open: forged, altered, or for another key or ID.</summary>
    NotOpened,

    /// <summary>N named nobody who may in.</summary>
    UnknownName,

    /// <summary>An I or K that was here before.</summary>
    Replayed,

    /// <summary>Too many handshakes from one address or network.</summary>
    RateLimited,

    /// <summary>Too many connections that are not open yet.</summary>
    NoRoom,

    /// <summary>The owner's no: a void ticket, or nothing for this caller.</summary>
    Refused,

    /// <summary>A question that nobody here answers.</summary>
    NotAnswered,

    /// <summary>A T that did not open.</summary>
    BadSeal,

    /// <summary>A peer that proved its key and then broke a rule.</summary>
    BrokenRule,

    /// <summary>The other side has gone before anything was open.</summary>
    LeftEarly,
}
