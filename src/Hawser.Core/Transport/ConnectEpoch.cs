using System.Numerics;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>
/// What a host holds for half a minute in place of state for each asker: the key of its cookies, its nonce, how hard
/// its puzzle is, what it tells, and which requests have had their turn. Spec: connect.md §5.
/// </summary>
internal sealed class ConnectEpoch
{
    public const uint IdleDifficulty = 8; // connect.md §6
    public const uint MaxDifficulty = 22;
    private const int EasyLoad = 256;
    private const int MaxSeen = 65_536;

    private readonly HmacKey _cookieKey;
    private HashSet<Token16> _seen = [];
    private HashSet<ulong> _burned = [];

    public ConnectEpoch(IEntropy entropy, in DhPublicKey host, byte[] responseData, uint difficulty)
    {
        Span<byte> nonce = stackalloc byte[8];
        entropy.Fill(nonce);
        NonceH = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(nonce);
        var cookieKey = default(Bytes32);
        entropy.Fill(cookieKey);
        _cookieKey = new(cookieKey);
        (Difficulty, ResponseData) = (difficulty, responseData.ToArray());
        HostHash = HashOf(host, responseData);
    }

    public ulong NonceH { get; }

    public uint Difficulty { get; }

    public byte[] ResponseData { get; }

    /// <summary>Binds what packet 1 said into the handshake.</summary>
    public Bytes32 HostHash { get; }

    /// <summary>Requests with a true cookie and a solved puzzle: only who can receive at his address counts.</summary>
    public int Load { get; set; }

    /// <summary>For the next epoch: two bits more for every doubling of the load, at most two fewer than now.</summary>
    /// <param name="idle">What an idle host asks for.</param>
    public uint NextDifficulty(uint idle)
    {
        var doublings = BitOperations.Log2((uint)Math.Max(Load / EasyLoad, 1));
        var wanted = Math.Min(idle + (2 * (uint)doublings), MaxDifficulty);
        return Math.Max(wanted, Math.Max(Difficulty, idle + 2) - 2);
    }

    public static Bytes32 HashOf(in DhPublicKey host, byte[] responseData) =>
        Sha256.Hash([.. host.Bytes, .. responseData]);

    /// <summary>Ic and the cookie: they show that who sends them back receives at this route.</summary>
    public (uint Ic, ulong Cookie) Challenge(in Route route, ulong nonceI)
    {
        Span<byte> input = stackalloc byte[1 + 16 + 2 + 8 + 8];
        var writer = new SpanWriter(input);
        writer.WriteU8((byte)route.Kind);
        route.Remote.CopyAddressTo(writer.Take(16));
        writer.WriteU16(route.Remote.Port);
        writer.WriteU64(route.Id);
        writer.WriteU64(nonceI);
        var mac = _cookieKey.Mac(input);
        var reader = new SpanReader(mac);
        reader.TryReadU32(out var ic);
        reader.TryReadU64(out var cookie);
        return (ic, cookie);
    }

    /// <summary>Its requests are not taken any more: gives the memory of them back.</summary>
    public void Forget() => (_seen, _burned) = ([], []);

    public bool HasRoom => _seen.Count < MaxSeen;

    public bool HasSeen(in Token16 request) => _seen.Contains(request);

    public void See(in Token16 request) => _seen.Add(request);

    public bool IsBurned(ulong nonceI) => _burned.Contains(nonceI);

    /// <summary>After the AEAD only: nobody else can spend an initiator's nonce. False if it was spent.</summary>
    public bool TryBurn(ulong nonceI) => _burned.Add(nonceI);
}
