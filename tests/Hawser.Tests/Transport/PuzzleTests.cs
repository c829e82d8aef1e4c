using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Transport;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Transport;

public class PuzzleTests
{
    /// <summary>The seed's numbers, for its 24-byte input; ours is longer by what binds it to a request.</summary>
    [Theory]
    [InlineData(8, 30u, "00d52754")]
    [InlineData(12, 1_705u, "00047310")]
    [InlineData(16, 37_248u, "00005679")]
    [InlineData(17, 37_248u, "00005679ceda1f53")]
    [InlineData(20, 876_368u, "00000c27")]
    public void First_solutions_of_the_seed(int difficulty, uint expected, string digest)
    {
        Span<byte> input = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32BigEndian(input[4..], 0x01020304);
        input[8..16].Fill(0x11);
        input[16..].Fill(0x22);
        var x = 0u;
        for (; ; x++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input, x);
            if (Puzzle.LeadingZeros(Sha256.Hash(input)) >= difficulty) break;
        }

        var hash = Sha256.Hash(input);
        Assert.Equal(expected, x);
        Assert.StartsWith(digest, Convert.ToHexStringLower(hash), StringComparison.Ordinal);
    }

    [Fact]
    public void A_search_goes_on_where_it_stopped_and_ends_at_the_last_number()
    {
        var puzzle = new Puzzle(1, 2, 3, default, 10);
        Assert.True(Puzzle.TrySolve(puzzle, 0, 1 << 20, out var whole));
        Assert.False(Puzzle.TrySolve(puzzle, 0, (int)whole, out var next));
        Assert.Equal(whole, next);
        Assert.True(Puzzle.TrySolve(puzzle, next, 1, out var found));
        Assert.Equal(whole, found);
        Assert.True(puzzle.IsSolvedBy(whole));
        Assert.False(puzzle.IsSolvedBy(whole - 1));
        Assert.False(Puzzle.TrySolve(puzzle with { Difficulty = 60 }, uint.MaxValue - 2, 100, out _));
    }

    [Fact]
    public void A_solution_serves_one_request()
    {
        var puzzle = new Puzzle(1, 2, 3, default, 12);
        Assert.True(Puzzle.TrySolve(puzzle, 0, 1 << 20, out var x));
        var other = puzzle with { Binding = Token16.Read([1, .. new byte[15]]) };
        Assert.False(other.IsSolvedBy(x));
    }
}
