using System.Text;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net.Store;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Hubs;

/// <summary>
/// Says where this node is reached now, for each of its IDs, at every hub of the federation: a deed that names hubs which
/// are gone still leads here. Spec: records.md §5.
/// </summary>
internal sealed class LocatorKeeper(IdDirectory directory, NodeStore store, HubClient http, Func<Holding, Crypto.SigningKey?> keyOf, TimeProvider clock, ILogger log)
    : IAsyncDisposable
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(36); // below Locator.MaxLife, whose end no clock may miss
    private static readonly TimeSpan Spare = TimeSpan.FromHours(12); // before its end there is a new one

    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _wake = new(0);
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(() => LoopAsync(_stopping.Token));

    /// <summary>Hubs or IDs may be others now.</summary>
    public void Nudge() => _wake.Release();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
    }

    // Hubs keep locators in memory: who has started again gets them again.
    private TimeSpan Pause => TimeSpan.FromTicks(Math.Clamp(
        directory.Genesis.Clock.TickLength.Ticks / 4, TimeSpan.TicksPerSecond, 30 * TimeSpan.TicksPerMinute));

    private async Task LoopAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                await PostAllAsync(cancel);
                await _wake.WaitAsync(Pause, cancel);
                while (_wake.Wait(0, CancellationToken.None))
                {
                    // What came meanwhile is one turn.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private async Task PostAllAsync(CancellationToken cancel)
    {
        try
        {
            foreach (var row in store.Holdings())
            {
                if (Holding.TryRead(row, out var holding) && holding.Stage == Holding.Held && holding.Genesis == directory.Genesis.Hash)
                    await PostAsync(holding, cancel);
            }
        }
        catch (HawserException e)
        {
            log.LocatorLater(e);
        }
    }

    private async Task PostAsync(Holding holding, CancellationToken cancel)
    {
        if (Present(holding) is not { } locator) return;
        var text = locator.Write();
        await Task.WhenAll(directory.Genesis.Founders.All.Select(async member =>
        {
            try
            {
                await http.PostAsync(member.Url, HubPaths.Locator, text, null, cancel);
            }
            catch (HawserException e)
            {
                log.LocatorLater(e);
            }
        }));
    }

    // The one that was made last, while it says what is so; a new one takes a higher number.
    private Locator? Present(Holding holding)
    {
        RoutingId[] hubs =
        [
            .. store.Hubs().Where(hub => hub.Genesis == directory.Genesis.Hash)
                .Select(hub => RoutingId.TryParse(hub.RoutingId, out var id) ? id : (RoutingId?)null).OfType<RoutingId>().Distinct().Take(Locator.MaxHubs),
        ];
        if (hubs.Length == 0 || keyOf(holding) is not { } key) return null;
        var now = clock.GetUtcNow();
        var name = $"locator:{Encoding.ASCII.GetString(holding.Id.ToArray())}";
        var last = store.Setting(name) is { } kept && Locator.TryRead(Encoding.ASCII.GetBytes(kept), out var read) ? read : null;
        if (last is not null && last.Key == key.Public && last.Hubs.SequenceEqual(hubs)
            && last.Until > (ulong)(now + Spare).ToUnixTimeSeconds()) return last;
        // At least the time, so that a node which comes from a backup is not behind itself.
        var sequence = Math.Max((last?.Sequence ?? 0) + 1, (ulong)now.ToUnixTimeSeconds());
        var next = Locator.Sign(holding.Genesis, holding.Id, sequence, hubs, (ulong)(now + Life).ToUnixTimeSeconds(), key);
        store.SetSetting(name, Encoding.ASCII.GetString(next.Write()));
        return next;
    }
}
