using Hawser.Crypto;
using Hawser.Naming;

namespace Hawser.Federation;

/// <summary>
/// Who the admins were, height by height: an epoch ends with the certificate whose header names other members for the next
/// height. Whoever has the genesis and these certificates needs nothing else to know whose signatures count.
/// Spec: membership.md §5.
/// </summary>
internal sealed class Epochs
{
    private volatile (uint From, Members Members)[] _all; // replaced, never changed: several read it

    private Epochs(uint from, Members members) => _all = [(from, members)];

    /// <summary>The founders, from the first height on.</summary>
    public static Epochs Of(Genesis genesis) => new(1, genesis.Founders);

    /// <summary>One epoch alone: what the fold knows.</summary>
    public static Epochs Only(uint from, Members members) => new(from, members);

    public Members Newest => _all[^1].Members;

    /// <summary>The first height of the newest epoch.</summary>
    public uint NewestFrom => _all[^1].From;

    /// <summary>How many changes are known.</summary>
    public int Changes => _all.Length - 1;

    /// <summary>The members of a height, as far as is known; null before the first epoch here.</summary>
    public Members? At(uint height)
    {
        var all = _all;
        for (var i = all.Length - 1; i >= 0; i--)
            if (all[i].From <= height) return all[i].Members;
        return null;
    }

    /// <summary>The height whose certificate ends the epoch of this number, from 1; null if it goes on.</summary>
    public uint? EndOf(int number) => _all is var all && number > 0 && number < all.Length ? all[number].From - 1 : null;

    /// <summary>Every key that an admin had in these epochs.</summary>
    public IEnumerable<VerifyKey> KeysOf(RoutingId admin) => (from epoch in _all
        let place = epoch.Members.PlaceOf(admin)
        where place >= 0
        select epoch.Members[place].Key).Distinct();

    /// <summary>The admin as it was last; null if it never was one.</summary>
    public Member? Find(RoutingId admin) => (from epoch in Enumerable.Reverse(_all)
        let place = epoch.Members.PlaceOf(admin)
        where place >= 0
        select epoch.Members[place]).FirstOrDefault();

    /// <summary>By whoever has folded or verified the height before.</summary>
    public void Add(uint from, Members members)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(from, NewestFrom);
        _all = [.. _all, (from, members)];
    }

    /// <summary>The certificate that ends the newest epoch; true if it does, and a quorum of its members signed it.</summary>
    public bool TryAdd(Genesis genesis, ReadOnlySpan<byte> certificate)
    {
        if (!TickCertificate.TryRead(certificate, Newest, out var read) || read.Next is null || read.Header.Height < NewestFrom
            || !read.IsValid(genesis, Newest)) return false;
        Add(read.Header.Height + 1, read.Next);
        return true;
    }
}
