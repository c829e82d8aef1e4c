using Hawser.Hub.Store;
using Hawser.Net;
using Hawser.Proof;

namespace Hawser.Hub;

/// <summary>Runs a notary: keeps its keys, and changes them in time. Spec: notary.md.</summary>
internal sealed class NotaryHost
{
    private readonly Lock _gate = new();
    private readonly HubStore _store;
    private readonly TimeProvider _clock;
    private readonly NotaryKeyRing _keys;
    private readonly NotaryOffice _office;
    private NotaryCard? _card;

    /// <param name="store">Of the hub.</param>
    /// <param name="proxies">Who may say for whom it asks.</param>
    /// <param name="clock">For the keys.</param>
    public NotaryHost(HubStore store, TrustedProxies proxies, TimeProvider clock)
    {
        (_store, _clock, Proxies) = (store, clock, proxies);
        _keys = store.NotaryKeys();
        _office = new(_keys, AddressPolicy.KindOf(store.Identity.At.Address) is AddressKind.Loopback);
        Turn();
    }

    public TrustedProxies Proxies { get; }

    /// <summary>What verifiers have to know: the URL, and the key that signs the card.</summary>
    public string Pin => $"{_store.Identity.Url}#{_store.AdminKey.Public}";

    /// <summary>What is published: signed anew as it ages, so that an old one cannot be shown for long.</summary>
    public NotaryCard Card()
    {
        lock (_gate)
        {
            Turn();
            var now = _clock.GetUtcNow();
            if (_card is not { } card || card.Root != _store.AdminKey.Public || now - card.Written >= NotaryPanel.Patience || now < card.Written || !Shows(card))
                _card = new NotaryCard { Root = _store.AdminKey.Public, Written = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()), Keys = _keys.Published }.SignWith(_store.AdminKey);
            return _card;
        }
    }

    public NotaryVerdict Notarize(string? nonce, string? audience, HostPort? client, out NotaryStatement? statement)
    {
        lock (_gate)
        {
            Turn();
            return _office.Notarize(_clock.GetUtcNow(), nonce, audience, client, out statement);
        }
    }

    /// <summary>All keys are void; others take their place at once.</summary>
    public NotaryCard Revoke()
    {
        lock (_gate)
        {
            _keys.Revoke(_clock.GetUtcNow(), SystemEntropy.Shared);
            _store.Keep(_keys);
            _card = null;
        }

        return Card();
    }

    public IEnumerable<(string Name, long Count)> Counts()
    {
        lock (_gate) return [.. Enum.GetValues<NotaryVerdict>().Select(verdict => ($"notary_{verdict.ToString().ToLowerInvariant()}", _office.Count(verdict)))];
    }

    private void Turn()
    {
        if (_keys.Turn(_clock.GetUtcNow(), SystemEntropy.Shared)) _store.Keep(_keys);
    }

    private bool Shows(NotaryCard card) => card.Keys.Select(key => key.Kid).SequenceEqual(_keys.Published.Select(key => key.Kid));
}
