using System.Buffers.Binary;
using System.Numerics;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>The work that a host asks for before it works itself. Spec: connect.md §5.</summary>
/// <remarks><code>SHA-256( X 4 | Ic 4 | nonceI 8 | nonceH 8 | SHA-256(bytes of packet 3 from the letter on)[0..16] ), first k bits zero</code></remarks>
internal readonly record struct Puzzle(uint Ic, ulong NonceI, ulong NonceH, Token16 Binding, uint Difficulty)
{
    public const uint MaxDifficulty = 26; // connect.md §6
    private const int XSize = 4, InputSize = 24 + Token16.Size;

    /// <summary>Tries the numbers from <paramref name="from"/> on. Pure: for a worker, in slices.</summary>
    public static bool TrySolve(in Puzzle puzzle, uint from, int tries, out uint x)
    {
        Span<byte> input = stackalloc byte[InputSize];
        puzzle.Write(input);
        for (x = from; tries > 0; tries--, x++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input, x);
            if (LeadingZeros(Sha256.Hash(input)) >= puzzle.Difficulty) return true;
            if (x == uint.MaxValue) break;
        }

        return false;
    }

    /// <summary>The hash that has to begin with zeros. It also names the request.</summary>
    public Bytes32 Digest(uint x)
    {
        Span<byte> input = stackalloc byte[InputSize];
        Write(input);
        BinaryPrimitives.WriteUInt32BigEndian(input, x);
        return Sha256.Hash(input);
    }

    public bool IsSolvedBy(uint x) => LeadingZeros(Digest(x)) >= Difficulty;

    public static int LeadingZeros(in Bytes32 digest)
    {
        var zeros = BitOperations.LeadingZeroCount(BinaryPrimitives.ReadUInt64BigEndian(digest));
        return zeros; // of the first 64 bits: more is never asked
    }

    private void Write(Span<byte> input)
    {
        var writer = new SpanWriter(input[XSize..]);
        writer.WriteU32(Ic);
        writer.WriteU64(NonceI);
        writer.WriteU64(NonceH);
        Binding.CopyTo(writer.Take(Token16.Size));
    }
}
