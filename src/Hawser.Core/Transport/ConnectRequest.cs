using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>What an initiator needs to reach a host.</summary>
internal sealed record ConnectRequest
{
    public required Route Route { get; init; }

    /// <summary>The channel key that must answer.</summary>
    public required DhPublicKey HostKey { get; init; }

    /// <summary>N by keys that both know; I with a ticket.</summary>
    public required HandshakeLetter Letter { get; init; }

    /// <summary>Of the initiator, for N.</summary>
    public PeerName Name { get; init; }

    /// <summary>The routing ID that led here; none if it was a ticket or a bare key.</summary>
    public PlainId DialledId { get; init; }

    /// <summary>Payload of I or K, at most <see cref="ConnectOptions.MaxConnectData"/>: a ticket.</summary>
    public byte[] ConnectData { get; init; } = [];

    /// <summary>Both from the introducer; 0 if nobody introduced.</summary>
    public ulong NonceI { get; init; }

    /// <inheritdoc cref="NonceI"/>
    public ulong NonceH { get; init; }

    /// <summary>From the introducer; zero if nobody introduced.</summary>
    public Bytes32 IntroducedSecret { get; init; }
}

/// <summary>What a side brings into each of its connections, as initiator and as host.</summary>
internal sealed record ConnectOptions
{
    public const int MaxConnectData = 511; // connect.md §6
    public const int MaxAcceptData = 511;
    public const int MaxResponseData = 511;

    public required DhKeyPair Key { get; init; }

    /// <summary>The federation's genesis hash; counts only where a routing ID was dialled.</summary>
    public Bytes32 Genesis { get; init; }

    public Settings Settings { get; init; } = Settings.Default;

    /// <summary>Bytes of the identifiers that it draws, 0 to 8; without any a connection cannot move.</summary>
    public int CidLength { get; init; } = Cid.MaxLength;

    /// <summary>Draws one that is not in use here; null: any.</summary>
    public Func<Cid>? DrawCid { get; init; }

    /// <summary>Gives a fresh key for one handshake; null: it is drawn when it is needed.</summary>
    public Func<Instant, DhKeyPair>? DrawKey { get; init; }

    /// <summary>Answers whoever asks, not only who knows its key. For hubs.</summary>
    public bool OpenToStrangers { get; init; }

    /// <summary>Of the streams of all connections.</summary>
    public CongestionKind Congestion { get; init; }

    /// <summary>Told to whoever asks, from the first epoch on.</summary>
    public byte[] ResponseData { get; init; } = [];

    /// <summary>How hard a puzzle an idle host asks for, in bits.</summary>
    public uint IdleDifficulty { get; init; } = ConnectEpoch.IdleDifficulty;

    /// <summary>The hardest puzzle an initiator takes up, in bits; above 26 counts as 26.</summary>
    public uint MaxDifficulty { get; init; } = 22;

    /// <summary>Puzzles up to so many bits an initiator solves without asking who drives it; null: none. Not for hard ones: nobody can stop it.</summary>
    public uint? SolvesAtOnce { get; init; }

    /// <summary>Whose key a name is, where nothing else has to be asked for that: takes the place of KeyWanted. Null from it is silence.</summary>
    public Func<PeerName, DhPublicKey?>? KeyOf { get; init; }
}
