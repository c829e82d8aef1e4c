namespace Hawser.Session.Tcp;

/// <summary>
/// The first bytes of messages that TCP needs to be a channel as datagrams are. From 16 on, messages are the control
/// stream's. Spec: session.md §4.4.
/// </summary>
internal enum MuxKind : byte
{
    StreamBytes = 1,
    StreamEnd = 2,
    StreamReset = 3,
    StreamRoom = 4,
    Datagram = 5,
    DatagramsTaken = 6,
    Ping = 7,
    Pong = 8,
    Goodbye = 9,

    /// <summary>The first kind that is not the carrier's.</summary>
    FirstControl = 16,
}
