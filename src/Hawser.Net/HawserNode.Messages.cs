using Hawser.Crypto;
using Hawser.Net.Relations;
using Hawser.Net.Store;
using Hawser.Wire;

namespace Hawser.Net;

// Typed messages with those that this node knows: kept until they have arrived, handled once each.
public sealed partial class HawserNode
{
    private readonly Acquaintances _known;
    private readonly NodeStore? _store;

    /// <summary>Our user key, in base64url: whom tallies are signed by.</summary>
    public string UserKey => _known.User.ToString();

    /// <summary>
    /// Makes a peer an acquaintance: it may connect, and the tally is signed as soon as both sides have done this.
    /// Completes when it is. To be called at every start; the tally itself is kept in the book.
    /// </summary>
    /// <param name="key">Its channel key.</param>
    /// <param name="address">Where to dial it while something waits for it; null: it will call.</param>
    public Task BefriendAsync(string key, HostPort? address = null, CancellationToken cancel = default) =>
        _known.BefriendAsync(KeyOf(key), address, cancel);

    /// <summary>
    /// Sends a message to an acquaintance, there or away. On return it is on disk, if the node has a book; it goes when
    /// it can, and arrives once. The result names it.
    /// </summary>
    /// <param name="key">The acquaintance's channel key.</param>
    /// <param name="type">What it is: 1 to 32 of a–z, 0–9, dot, underscore, hyphen.</param>
    /// <param name="json">One JSON value in UTF-8, at most 60,000 bytes.</param>
    /// <exception cref="HawserException">There is no tally yet.</exception>
    public async Task<string> SendMessageAsync(string key, string type, ReadOnlyMemory<byte> json) =>
        (await _known.SendAsync(KeyOf(key), type, [json.ToArray()]))[0];

    /// <summary>The same for several, which share the wait for the disk. The arrays are the node's from here on.</summary>
    public Task<string[]> SendMessagesAsync(string key, string type, IReadOnlyList<byte[]> json) => _known.SendAsync(KeyOf(key), type, json);

    /// <summary>
    /// Handles messages of a type, one after the other. A message whose handler did not return is given again after the
    /// next start; what has no handler waits for one, and all after it of the same peer.
    /// </summary>
    public IDisposable OnMessage(string type, Func<ReceivedMessage, CancellationToken, Task> handler) => _known.On(type, handler);

    /// <summary>Called with the name of each message of ours that is on the peer's disk.</summary>
    public Action<string>? MessageDelivered
    {
        get => _known.MessageDelivered;
        set => _known.MessageDelivered = value;
    }

    internal Correspondence Mail => _known.Mail;

    private static DhPublicKey KeyOf(string key) =>
        DhPublicKey.TryParse(key, out var parsed) ? parsed : throw new ArgumentException("This is no channel key.", nameof(key));

    // Without a secret of its own the user is the site's: derived, so that neither key says the other.
    private static Bytes32 UserSecret(HawserNodeOptions options)
    {
        if (options.UserSecret is { } own) return Bytes32.Read(own);
        var secret = default(Bytes32);
        var site = Bytes32.Read(options.Secret);
        Sha256.HkdfExpand(site, "hawser/user/1"u8, secret);
        return secret;
    }
}

/// <summary>A message that came.</summary>
/// <param name="Key">The channel key of who sent it.</param>
/// <param name="Id">Its name, the same however often it is given.</param>
/// <param name="Type">What it is.</param>
/// <param name="Json">One JSON value in UTF-8.</param>
/// <param name="Kept">When it was here.</param>
public sealed record ReceivedMessage(string Key, string Id, string Type, ReadOnlyMemory<byte> Json, DateTimeOffset Kept);
