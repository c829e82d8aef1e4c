namespace Hawser.Transport.Streams;

/// <summary>One stream of a connection, both directions. Spec: transport.md §5.5.</summary>
internal sealed partial class ByteStream(uint id, long credit)
{
    public const int StreamWindow = 8 << 20; // transport.md §6
    public const int SendBuffer = 8 << 20; // transport.md §6

    public uint Id => id;

    /// <summary>Given up, by either side: nothing more is sent or read.</summary>
    public bool IsReset { get; private set; }

    /// <summary>Both directions have come to their end and nobody has to hear of it any more.</summary>
    public bool IsOver => IsReset
        ? _resetTold && ResetReceived
        : _endState is EndState.Acknowledged && _kept == _written && _endSeen;

    /// <summary>Whether the connection's list of streams that have something to send holds it.</summary>
    public bool IsQueued { get; set; }
}
