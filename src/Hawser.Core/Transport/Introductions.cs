using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>Initiators that an introducer announced to this host, for as long as they may come.</summary>
internal sealed class Introductions
{
    private const int MaxEntries = 1_024; // connect.md §6
    private readonly Dictionary<ulong, Entry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>When the table is full of living ones, a further one is not taken.</summary>
    public void Add(Instant now, ulong nonceI, Entry entry)
    {
        if (_entries.Count >= MaxEntries)
        {
            foreach (var (nonce, old) in _entries.ToArray())
                if (old.Expiry <= now) _entries.Remove(nonce);
        }

        if (_entries.Count < MaxEntries) _entries[nonceI] = entry;
    }

    public Entry? Find(Instant now, ulong nonceI) =>
        _entries.TryGetValue(nonceI, out var entry) && now < entry.Expiry ? entry : null;

    public void Remove(ulong nonceI) => _entries.Remove(nonceI);

    internal sealed record Entry(ulong NonceH, Bytes32 Secret, Instant Expiry)
    {
        /// <summary>As the prologue has it.</summary>
        public Bytes32 Hash { get; } = HashOf(Secret);

        public static Bytes32 HashOf(in Bytes32 secret) => secret.IsZero ? default : Sha256.Hash(secret.ToArray());
    }
}
