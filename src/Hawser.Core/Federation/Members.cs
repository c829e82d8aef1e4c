using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>The admins that vote on a height, by ID; with what follows from their number.</summary>
internal sealed class Members
{
    private readonly Member[] _all;

    public Members(IEnumerable<Member> members)
    {
        _all = [.. members.OrderBy(m => m.Id)];
        Hash = Sha256.Hash(Encoding.UTF8.GetBytes(string.Concat(_all.Select(m => $"{m}\n"))));
    }

    public int Count => _all.Length;

    /// <summary>f: how many may be hostile.</summary>
    public int MaxFaulty => (Count - 1) / 3;

    /// <summary>Q: what decides.</summary>
    public int Quorum => 2 * Count / 3 + 1;

    /// <summary>W: among so many is an honest one.</summary>
    public int Witness => MaxFaulty + 1;

    /// <summary>H(members): what a header's rest commits to.</summary>
    public Bytes32 Hash { get; }

    public Member this[int place] => _all[place];

    public IReadOnlyList<Member> All => _all;

    /// <summary>-1 for a stranger.</summary>
    public int PlaceOf(RoutingId id)
    {
        for (var i = 0; i < _all.Length; i++)
            if (_all[i].Id == id) return i;
        return -1;
    }
}
