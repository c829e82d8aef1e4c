using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>Where a node may be reached, public addresses first. Spec: rendezvous.md §4.3.</summary>
/// <remarks><code>| count (1), ≤ 8 | address (16) port (2) … |</code></remarks>
internal static class CandidateList
{
    public const int Max = 8; // rendezvous.md §6
    public const int EntrySize = 18;

    /// <summary>One list from what hubs have seen, what was declared, and what the interfaces have, in this order.</summary>
    public static HostPort[] Gather(
        ReadOnlySpan<HostPort> observed, ReadOnlySpan<HostPort> declared, ReadOnlySpan<HostPort> local)
    {
        var all = new List<HostPort>();
        Add(all, observed);
        Add(all, declared);
        Add(all, local);
        return [.. all.OrderBy(a => AddressPolicy.KindOf(a.Address)).Take(Max)]; // stable: the order above stays
    }

    public static void Write(ref SpanWriter writer, ReadOnlySpan<HostPort> candidates)
    {
        writer.WriteU8((byte)candidates.Length);
        foreach (var candidate in candidates) WriteAddress(ref writer, candidate);
    }

    public static void WriteAddress(ref SpanWriter writer, in HostPort address)
    {
        address.CopyAddressTo(writer.Take(16));
        writer.WriteU16(address.Port);
    }

    public static bool TryRead(ref SpanReader reader, out HostPort[] candidates)
    {
        candidates = [];
        if (!reader.TryReadU8(out var count) || count > Max) return false;
        var read = new HostPort[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryReadAddress(ref reader, out read[i]) || read.AsSpan(0, i).Contains(read[i])) return false;
        }

        candidates = read;
        return true;
    }

    public static bool TryReadAddress(ref SpanReader reader, out HostPort address)
    {
        address = default;
        if (!reader.TryTake(16, out var bytes) || !reader.TryReadU16(out var port) || port == 0) return false;
        address = HostPort.Read(bytes, port);
        return true;
    }

    private static void Add(List<HostPort> all, ReadOnlySpan<HostPort> more)
    {
        foreach (var address in more)
        {
            if (address.Port != 0 && !all.Contains(address) && AddressPolicy.KindOf(address.Address) is not AddressKind.Forbidden)
                all.Add(address);
        }
    }
}
