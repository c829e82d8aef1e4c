using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Net.Hosting;
using Hawser.Net.Names;
using Hawser.Net.Store;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Hubs;

/// <summary>
/// Keeps the keys of contacts that are known by ID up to date, each tick: a new channel key of the same owner is taken,
/// the old one refused; a new owner is not taken for the contact. Spec: records.md §5.
/// </summary>
internal sealed class ContactFollower(IdDirectory directory, NodeStore store, Action<DhPublicKey?> outdated, TimeProvider clock, ILogger log) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, Wire.Bytes32> _read = []; // texts that were looked into for a chain key, by petname
    private Task _loop = Task.CompletedTask;

    /// <summary>A contact as its ID's title makes it. A card that names an ID which its key does not hold is not followed.</summary>
    public static Contact Follow(Contact contact, in VerifyKey owner, in DhPublicKey key)
    {
        if (contact.ClaimKey is not { } known)
            return contact.ChannelKey is { } handed && handed != key ? contact : contact with { ClaimKey = owner, ChannelKey = key, NewOwner = null };
        return known == owner ? contact with { ChannelKey = key, NewOwner = null } : contact with { NewOwner = owner };
    }

    /// <summary>Why a contact cannot be reached any more by its ID.</summary>
    public static HawserException ChangedHands(Contact contact) => new(Reason.Refused,
        $"{IdText.Show(contact.RoutingId!)} has a new owner, who may not be {contact.Petname}",
        $"if they are: hawser peer follow {contact.Petname}; who owns the ID now is reached by the ID itself");

    public void Start() => _loop = Task.Run(() => LoopAsync(_stopping.Token));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    private TimeSpan Pause => TimeSpan.FromTicks(Math.Clamp(
        directory.Genesis.Clock.TickLength.Ticks / 2, TimeSpan.TicksPerSecond, 30 * TimeSpan.TicksPerMinute));

    private async Task LoopAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                foreach (var contact in store.Contacts())
                    if (contact.RoutingId is { } id && !contact.Blocked && PlainId.TryParse(id, out var plain)) await LookAfterAsync(contact, plain, cancel);
                await Task.Delay(Pause, clock, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private async Task LookAfterAsync(Contact contact, PlainId id, CancellationToken cancel)
    {
        try
        {
            if ((await directory.LookUpAsync(id, cancel)).Result is not { IsHeld: true, Title: { } title }) return;
            if (store.FindContact(contact.Petname) is not { } now || now.RoutingId != contact.RoutingId) return; // a verb was quicker
            var next = Follow(now, title.ClaimKey, title.ChannelKey);
            if (next != now)
            {
                store.SaveContact(next);
                if (next.NewOwner is not null) log.ContactChangedHands(now.Petname);
                outdated(next.NewOwner is not null || now.ChannelKey != next.ChannelKey ? now.ChannelKey : null);
            }

            if (next.NewOwner is not null || _read.GetValueOrDefault(next.Petname) == title.DeedHash) return;
            var took = await ChainCards.TakeFromDeedAsync(store, directory, next, title, cancel);
            if (took is not null) _read[next.Petname] = title.DeedHash;
            if (took is true) outdated(null);
        }
        catch (HawserException e)
        {
            log.FollowLater(e);
        }
    }
}
