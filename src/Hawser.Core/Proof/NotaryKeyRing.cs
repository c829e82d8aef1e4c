using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>
/// The keys of a notary, and when they change: the next one is published a day before it signs, and the last one stays
/// published for an hour after it has signed. Spec: notary.md §5.4.
/// </summary>
internal sealed class NotaryKeyRing
{
    public static readonly TimeSpan Life = TimeSpan.FromDays(30); // notary.md §6
    public static readonly TimeSpan Lead = TimeSpan.FromDays(1); // notary.md §6
    public static readonly TimeSpan Tail = TimeSpan.FromHours(1); // notary.md §6

    private readonly List<(SigningKey Secret, NotaryKey Shown)> _keys = [];

    /// <param name="kept">Seeds and times, as they were kept.</param>
    public NotaryKeyRing(IEnumerable<(Bytes32 Seed, DateTimeOffset From, DateTimeOffset Until)> kept)
    {
        foreach (var (seed, from, until) in kept) Add(new(seed), from, until);
    }

    public IEnumerable<(Bytes32 Seed, DateTimeOffset From, DateTimeOffset Until)> Kept =>
        _keys.Select(key => (key.Secret.Seed, key.Shown.From, key.Shown.Until));

    public IReadOnlyList<NotaryKey> Published => [.. _keys.Select(key => key.Shown)];

    /// <summary>Drops what is over, and draws what is to follow. True: it has changed, and is to be kept before it is used.</summary>
    public bool Turn(DateTimeOffset now, IEntropy entropy)
    {
        now = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        var changed = _keys.RemoveAll(key => now >= key.Shown.Until + Tail) > 0;
        // A clock that was wrong may have left keys of a far future: they would keep out those of now.
        changed |= _keys.RemoveAll(key => key.Shown.From > now + Life) > 0;
        var last = _keys.Count == 0 ? now : _keys.Max(key => key.Shown.Until);
        if (_keys.Count > 0 && last - Lead > now) return changed;
        var from = last > now ? last : now;
        Add(SigningKey.Generate(entropy), from, from + Life);
        return Turn(now, entropy) || true;
    }

    /// <summary>All keys are void at once, as when one was stolen: verifiers follow within <see cref="NotaryPanel.Patience"/>.</summary>
    public void Revoke(DateTimeOffset now, IEntropy entropy)
    {
        _keys.Clear();
        Turn(now, entropy);
    }

    /// <summary>What signs now.</summary>
    public SigningKey? Signing(DateTimeOffset now, out string kid)
    {
        foreach (var (secret, shown) in _keys)
        {
            if (now < shown.From || now >= shown.Until) continue;
            kid = shown.Kid;
            return secret;
        }

        kid = "";
        return null;
    }

    private void Add(SigningKey secret, DateTimeOffset from, DateTimeOffset until) => _keys.Add((secret, new(secret.Public, from, until)));
}
