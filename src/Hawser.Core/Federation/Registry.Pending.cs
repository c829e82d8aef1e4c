using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>Claims in flight: what a height hands to the next besides the titles.</summary>
internal sealed partial class Registry
{
    private readonly SortedDictionary<Bytes32, ClaimInFlight> _claims = [];
    private readonly SortedDictionary<RoutingTick, Window> _windows = [];
    private readonly Dictionary<RoutingId, List<ClaimInFlight>> _contests = [];
    private readonly Dictionary<RoutingId, Bytes32> _winners = []; // H(deed) of provisional ones, zero of void ones
    private readonly HashSet<VerifyKey> _sealKeys = [];

    /// <summary>Claims whose window is open, by identity; with the height that certified them.</summary>
    public IEnumerable<(Bytes32 Identity, uint Certified, bool Revealed)> InFlight =>
        _claims.Select(claim => (claim.Key, claim.Value.Certified, claim.Value.Deed is not null));

    private sealed class ClaimInFlight(SealedClaim claim, uint certified)
    {
        public SealedClaim Sealed { get; } = claim;

        /// <summary>c: the first height at which any log had it.</summary>
        public uint Certified { get; } = certified;

        /// <summary>Known once it is revealed.</summary>
        public Deed? Deed { get; set; }
    }

    /// <summary>A timestamp from its birth until its IDs are final.</summary>
    private sealed class Window(RoutingTick timestamp, uint born, Members issuers)
    {
        private readonly Dictionary<RoutingId, uint> _counts = [];

        public RoutingTick Timestamp { get; } = timestamp;

        /// <summary>h0.</summary>
        public uint Born { get; } = born;

        /// <summary>The members of that height: whose tickets count, also when they are none any more.</summary>
        public Members Issuers { get; } = issuers;

        public uint CountOf(RoutingId issuer) => _counts.GetValueOrDefault(issuer);

        public void Count(RoutingId issuer) => _counts[issuer] = CountOf(issuer) + 1;
    }

    private void CloseWindows()
    {
        while (_windows.Count > 0 && _windows.First().Value is var window && FinalHeight(window.Born) == Height)
        {
            foreach (var (identity, claim) in _claims.Where(c => c.Value.Sealed.Timestamp == window.Timestamp).ToArray())
            {
                if (claim.Deed is null) _happened.Add(new RegistryEvent.Lapsed(identity));
                Drop(identity, claim);
                _sealKeys.Remove(claim.Sealed.SealKey);
            }

            foreach (var id in _contests.Keys.Where(id => id.Timestamp == window.Timestamp).Order().ToArray())
            {
                _contests.Remove(id);
                _winners.Remove(id);
                Settle(id);
            }

            _windows.Remove(window.Timestamp);
        }
    }

    private void Settle(RoutingId id)
    {
        if (!_state.TryFind(id, out var title)) return;
        if (title.Status == TitleStatus.Void)
        {
            _happened.Add(new RegistryEvent.Voided(id));
            return;
        }

        var expiry = After(_tick, _genesis.Life);
        Put(title with { Status = TitleStatus.Final, Expiry = expiry });
        Expires(expiry, id);
        _happened.Add(new RegistryEvent.Settled(id));
    }

    /// <summary>H(pending). registry.md §4.</summary>
    private Bytes32 PendingHash()
    {
        const int window = RoutingTick.TextLength + 4;
        const int claim = Bytes32.Size + 4 + Bytes32.Size;
        var label = "hawser/pending/1\n"u8;
        var bytes = new byte[label.Length + 4 + _windows.Count * window + 4 + _claims.Count * claim + _roster.PendingSize
            + 4 + _ranOut.Count * (RoutingId.Size + 4)];
        var writer = new SpanWriter(bytes);
        writer.Write(label);
        writer.WriteU32((uint)_windows.Count);
        foreach (var (timestamp, open) in _windows)
        {
            timestamp.CopyTo(writer.Take(RoutingTick.TextLength));
            writer.WriteU32(open.Born);
        }

        writer.WriteU32((uint)_claims.Count);
        foreach (var (identity, inFlight) in _claims)
        {
            writer.Write(identity);
            writer.WriteU32(inFlight.Certified);
            writer.Write(inFlight.Deed?.TextHash ?? default);
        }

        _roster.WritePending(ref writer);
        writer.WriteU32((uint)_ranOut.Count);
        foreach (var (id, since) in _ranOut)
        {
            id.CopyTo(writer.Take(RoutingId.Size));
            writer.WriteU32(since);
        }

        return Sha256.Hash(bytes.AsSpan());
    }
}
