namespace Hawser.Handshake;

/// <summary>How an initiator opens. Spec: handshake.md §4.</summary>
internal enum HandshakeLetter : byte
{
    /// <summary>The host does not know its key yet: it comes along, sealed, with a ticket that explains it.</summary>
    I = (byte)'I',

    /// <summary>Both know each other's key: N says who calls, K proves it.</summary>
    N = (byte)'N',
}
