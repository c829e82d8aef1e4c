namespace Hawser.Transport;

/// <summary>What became of a datagram that was handed over.</summary>
/// <param name="Status">Whether it was taken.</param>
/// <param name="Sequence">Its number if it was: from 1 on, without gaps. Its verdict will bear it.</param>
internal readonly record struct SendResult(SendStatus Status, ulong Sequence);

internal enum SendStatus
{
    /// <summary>Taken: exactly one verdict follows, in order.</summary>
    Sent,

    /// <summary>As many datagrams as the window holds wait for their verdict.</summary>
    WindowFull,

    /// <summary>It does not fit one packet on this route.</summary>
    TooLarge,

    /// <summary>The connection is not open, or gone.</summary>
    NotConnected,
}
