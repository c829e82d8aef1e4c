using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Session.Tcp;

/// <summary>What a side brings into its channels over TCP. Values: session.md §6.</summary>
internal sealed record TcpOptions
{
    public const ushort DefaultPort = 65_430;
    public const int MaxFirstPayload = 511; // of I, K and A, as on datagrams
    public const int MaxMessage = 1 << 20;

    public required DhKeyPair Key { get; init; }

    /// <summary>The federation's genesis hash; counts only where a routing ID was dialled.</summary>
    public Bytes32 Genesis { get; init; }

    /// <summary>Whether Q is handed on; who does not answer questions ends them in silence.</summary>
    public bool AnswersQueries { get; init; }

    /// <summary>Connections that are not open yet.</summary>
    public int MaxHalfOpen { get; init; } = 1_024;

    public int MaxChannels { get; init; } = 65_536;

    /// <summary>Handshakes a second, per IPv4 address or /64; 0: any number.</summary>
    public int HostRate { get; init; } = 20;

    /// <summary>Handshakes a second, per /24 or /48; 0: any number.</summary>
    public int NetworkRate { get; init; } = 200;

    /// <summary>From the first byte to the last of what opens; also from A to the first T.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For whose key it is.</summary>
    public TimeSpan KeyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For the owner's yes.</summary>
    public TimeSpan AcceptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An initiator's, from its connect to A.</summary>
    public TimeSpan PendingTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A host's, without traffic and without an open stream. The initiator waits three times as long.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For one frame, from its first byte to its last.</summary>
    public TimeSpan FrameTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two signs of life while a stream is open.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest delay before a connection is ended in silence.</summary>
    public TimeSpan MaxSilence { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>After so many T frames a direction's key is changed.</summary>
    public long RekeyAfter { get; init; } = 1 << 20;

    /// <summary>After so long a key is changed with the next T.</summary>
    public TimeSpan RekeyAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>After so long an idle channel is closed, so that the next has fresh secrets.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(24);
}
