using System.Diagnostics.Metrics;
using System.Net;
using Hawser.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hawser.Net.Datagrams;

/// <summary>What a <see cref="DatagramEndpoint"/> is started with.</summary>
public sealed record DatagramEndpointOptions
{
    /// <summary>32 random bytes of which the key is made; null: new ones, for this run.</summary>
    public byte[]? Secret { get; init; }

    /// <summary>Where to bind; null: a free port of all addresses.</summary>
    public IPEndPoint? Local { get; init; }

    /// <summary>The endpoint's from here on, in place of a UDP socket of its own.</summary>
    public IDatagramSocket? Socket { get; init; }

    /// <summary>Decides about who asks to connect; null: everybody is refused.</summary>
    public Func<ConnectionAsked, ConnectionDecision>? Decide { get; init; }

    /// <summary>Decides about a host's challenge before any work is done for it; null: it is taken up.</summary>
    public Func<ChallengeAsked, bool>? AcceptChallenge { get; init; }

    /// <summary>Told to whoever asks to connect, before he has proved anything; at most 511 bytes.</summary>
    public ReadOnlyMemory<byte> ResponseData { get; init; }

    /// <summary>
    /// The seed's protocol_settings: pairs <c>key=value</c> joined by <c>;</c>. <c>profile</c>: <c>wide</c>, or <c>narrow</c>
    /// for small datagrams at a low rate: 4 bytes beside identifier and tag, at most 32 under way, what comes late is lost;
    /// it is used if either side asks for it. <c>window</c>: packets under way, a power of two, 8 to 65,536 (narrow: 32).
    /// <c>sig</c>: bytes of a tag, 12 to 16. <c>aead</c>: <c>aes</c> or <c>chacha</c>. <c>cid</c>: bytes that peers write on
    /// each packet so that we know whose it is, 0 to 8; with 0 a connection ends when the peer's address changes.
    /// <c>maxk</c>: the hardest puzzle to take up, in bits, at most 26.
    /// </summary>
    public string ProtocolSettings { get; init; } = "";

    /// <summary>How hard a puzzle an idle host asks for, in bits, 0 to 22.</summary>
    public int IdleDifficulty { get; init; } = 8;

    /// <summary>Called with what happens on the connections that come in; null: they are read by their own methods.</summary>
    public ConnectionHandler? Handler { get; init; }

    /// <summary>The clock of everything.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where it logs to.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;

    /// <summary>Makes the meter <c>Hawser.Transport</c>; null: nothing is metered.</summary>
    public IMeterFactory? Meters { get; init; }
}

/// <summary>Somebody asks to connect, and has proved his key.</summary>
/// <param name="Remote">Where he is.</param>
/// <param name="Key">His channel key, in base64url.</param>
/// <param name="ConnectData">What he said along with it, at most 511 bytes.</param>
public sealed record ConnectionAsked(HostPort Remote, string Key, ReadOnlyMemory<byte> ConnectData);

/// <summary>A host has answered with a challenge; whether it is worth solving is the application's to say.</summary>
/// <param name="Key">The host's channel key: the dialled one. It is proved only when the connection stands.</param>
/// <param name="ResponseData">What the host tells everybody; anyone on the path may have written it.</param>
/// <param name="Difficulty">Zero bits that the puzzle asks for.</param>
public sealed record ChallengeAsked(string Key, ReadOnlyMemory<byte> ResponseData, int Difficulty);

/// <summary>The answer to <see cref="ConnectionAsked"/>.</summary>
public readonly record struct ConnectionDecision
{
    /// <summary>Yes, with at most 511 bytes for the peer.</summary>
    public static ConnectionDecision Accept(ReadOnlyMemory<byte> acceptData = default) => new() { Answer = DecisionKind.Accept, Data = acceptData };

    /// <summary>No, and the peer is told so under our key.</summary>
    public static ConnectionDecision Refuse => new() { Answer = DecisionKind.Refuse };

    /// <summary>Silence: the peer cannot tell us from nobody.</summary>
    public static ConnectionDecision Ignore => new() { Answer = DecisionKind.Ignore };

    internal DecisionKind Answer { get; private init; }

    internal ReadOnlyMemory<byte> Data { get; private init; }
}

internal enum DecisionKind { Refuse, Accept, Ignore }
