namespace Hawser.Proof;

/// <summary>What an address is good for, by its number alone. Spec: rendezvous.md §5.4.</summary>
internal static class AddressPolicy
{
    /// <summary>
    /// Keeps those of a peer's candidates that may be punched at. A loopback address only for who is seen at one
    /// himself; a private one only for who shares the peer's outside address, or is seen at a private one himself.
    /// </summary>
    /// <param name="candidates">As the peer wrote them.</param>
    /// <param name="own">Where hubs have seen us.</param>
    public static HostPort[] Permitted(ReadOnlySpan<HostPort> candidates, ReadOnlySpan<HostPort> own)
    {
        var behindOneNat = false;
        foreach (var candidate in candidates) behindOneNat |= Has(own, candidate.Address);
        var permitted = new List<HostPort>(candidates.Length);
        foreach (var candidate in candidates)
        {
            var may = KindOf(candidate.Address) switch
            {
                AddressKind.Public => true,
                AddressKind.Private => behindOneNat || Has(own, AddressKind.Private) || Has(own, AddressKind.Loopback),
                AddressKind.Loopback => Has(own, AddressKind.Loopback),
                AddressKind.Forbidden => false,
            };
            if (may && candidate.Port != 0) permitted.Add(candidate);
        }

        return [.. permitted];
    }

    /// <summary>Whether a prover may send a challenge there; to this machine itself only where all is on one, as in a test.</summary>
    public static bool MayChallenge(in HostPort at, bool allowsLoopback) => at.Port != 0 && KindOf(at.Address) switch
    {
        AddressKind.Public => true,
        AddressKind.Loopback => allowsLoopback,
        AddressKind.Private or AddressKind.Forbidden => false,
    };

    public static AddressKind KindOf(UInt128 address)
    {
        var host = new HostPort(address, 0);
        if (host.IsIPv4) return KindOfIPv4((uint)(address & uint.MaxValue));
        var first = (ushort)(address >> 112);
        if (address == UInt128.One) return AddressKind.Loopback;
        if ((first & 0xFE00) == 0xFC00) return AddressKind.Private; // unique local
        return (first & 0xE000) == 0x2000 ? AddressKind.Public : AddressKind.Forbidden; // 2000::/3 is all of global unicast
    }

    private static AddressKind KindOfIPv4(uint address) => (address >> 24, (address >> 16) & 255) switch
    {
        (127, _) => AddressKind.Loopback,
        (10, _) or (172, >= 16 and <= 31) or (192, 168) or (100, >= 64 and <= 127) => AddressKind.Private,
        (0, _) or (169, 254) or ( >= 224, _) => AddressKind.Forbidden,
        _ => AddressKind.Public,
    };

    private static bool Has(ReadOnlySpan<HostPort> own, AddressKind kind)
    {
        foreach (var address in own)
            if (KindOf(address.Address) == kind) return true;
        return false;
    }

    private static bool Has(ReadOnlySpan<HostPort> own, UInt128 address)
    {
        foreach (var mine in own)
            if (mine.Address == address) return true;
        return false;
    }
}

/// <summary>Forbidden: nobody's, everybody's, or of one link only.</summary>
internal enum AddressKind { Public, Private, Loopback, Forbidden }
