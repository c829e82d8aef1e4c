namespace Hawser.Proof;

/// <summary>
/// Who a request comes from when proxies stand before us. Each hop adds whom it saw to the right of X-Forwarded-For: so
/// what a hop that we trust has added is true, and what stands left of the first one that we do not is anybody's word.
/// Spec: notary.md §5.1.
/// </summary>
internal sealed class TrustedProxies(IReadOnlyList<AddressNetwork> networks)
{
    private const int MaxHops = 16; // notary.md §6
    private const int MaxHeader = 1_024; // notary.md §6

    public static readonly TrustedProxies None = new([]);

    public bool Any => networks.Count > 0;

    /// <summary>The client, or null if a trusted proxy does not say it in a way that can be read.</summary>
    /// <param name="peer">Who has connected.</param>
    /// <param name="forwardedFor">The header's values, in the order of the request.</param>
    public HostPort? ClientOf(in HostPort peer, params ReadOnlySpan<string?> forwardedFor)
    {
        if (!IsTrusted(peer.Address)) return peer;
        var length = 0;
        foreach (var value in forwardedFor) length += value?.Length ?? 0;
        if (length > MaxHeader) return null;
        var hops = 0;
        var client = peer.Address;
        for (var i = forwardedFor.Length - 1; i >= 0; i--)
        {
            var entries = (forwardedFor[i] ?? "").Split(',');
            for (var at = entries.Length - 1; at >= 0; at--)
            {
                if (++hops > MaxHops || !AddressNetwork.TryParseAddress(WithoutPort(entries[at].Trim()), out client)) return null;
                if (!IsTrusted(client)) return new(client, 0);
            }
        }

        // All are proxies of ours: it is one of them that asks, and if none has said anything, there is nobody behind it.
        return hops == 0 ? null : new(client, 0);
    }

    private bool IsTrusted(UInt128 address)
    {
        foreach (var network in networks)
            if (network.Contains(address)) return true;
        return false;
    }

    // Some proxies add the port: 192.0.2.1:80, [2001:db8::1]:80.
    private static string WithoutPort(string entry)
    {
        if (entry.StartsWith('[') && entry.IndexOf(']', StringComparison.Ordinal) is var end and > 0) return entry[1..end];
        var colon = entry.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && colon == entry.LastIndexOf(':') ? entry[..colon] : entry;
    }
}
