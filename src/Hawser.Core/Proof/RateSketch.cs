namespace Hawser.Proof;

/// <summary>
/// A rate limit for each of any number of sources in a fixed space. Sources that fall into one cell share its rate;
/// which do is a secret of this table, so that nobody can aim at a neighbour. Spec: connect.md §5.
/// </summary>
internal sealed class RateSketch
{
    private const int Cells = 4_096; // connect.md §6
    private const long Second = 1_000_000;

    private long[]? _due; // when the cell's account is even; from the first count on
    private readonly long _interval;
    private readonly UInt128 _key;

    /// <param name="entropy">For the secret.</param>
    /// <param name="perSecond">Rate, and burst.</param>
    public RateSketch(IEntropy entropy, int perSecond)
    {
        Span<byte> key = stackalloc byte[16];
        entropy.Fill(key);
        (_interval, _key) = (Second / perSecond, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(key));
    }

    /// <summary>An IPv4 address, or the /64 of an IPv6 address.</summary>
    public static UInt128 HostOf(in HostPort address) => address.IsIPv4 ? address.Address : address.Address >> 64;

    /// <summary>The /24 of an IPv4 address, or the /48 of an IPv6 address.</summary>
    public static UInt128 NetworkOf(in HostPort address) =>
        address.IsIPv4 ? address.Address >> 8 : address.Address >> 80;

    /// <summary>Counts one, or so many; false if that is too many.</summary>
    public bool TryCount(Instant now, UInt128 prefix, int count = 1)
    {
        _due ??= new long[Cells];
        ref var due = ref _due[CellOf(prefix)];
        due = Math.Max(due, now.Micros);
        if (due - now.Micros > Second - _interval) return false;
        due += _interval * count;
        return true;
    }

    // SplitMix64's finisher over both halves
    private int CellOf(UInt128 prefix)
    {
        unchecked
        {
            var keyed = prefix ^ _key;
            var z = Mix((ulong)keyed) ^ (ulong)(keyed >> 64);
            return (int)(Mix(z) % Cells);
        }
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
