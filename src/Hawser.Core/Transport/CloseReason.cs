namespace Hawser.Transport;

/// <summary>Why a connection ended. Values from 16 on belong to the application. Spec: transport.md §4.</summary>
internal enum CloseReason : byte
{
    FailedPuzzle = 0,
    SelfDisconnect = 1,
    Shutdown = 2,
    Reconnecting = 3,
    DisconnectCall = 4,

    /// <summary>The peer went silent: five pings, or all tries to connect, without an answer.</summary>
    Timeout = 5,

    /// <summary>The peer proved its key and then broke a rule of the page.</summary>
    ProtocolError = 6,

    /// <summary>A key has done all that it may: counters used up, or too many packets failed to open.</summary>
    KeysSpent = 7,

    /// <summary>The peer's application does not want this connection.</summary>
    Refused = 8,

    /// <summary>The first of the application's own reasons.</summary>
    Application = 16,
}
