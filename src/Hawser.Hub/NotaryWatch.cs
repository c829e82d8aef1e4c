using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Hubs;
using Hawser.Proof;
using Microsoft.Extensions.Logging;
using System.Threading.Channels;

namespace Hawser.Hub;

/// <summary>A notary that this hub believes.</summary>
/// <param name="Operator">Who runs it.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Root">The key that signs its card.</param>
internal sealed record KnownNotary(string Operator, string Url, VerifyKey Root)
{
    /// <summary>Reads <c>NAME=URL#KEY</c>, as <c>hawser hub notary</c> prints it behind a name of one's own.</summary>
    public static KnownNotary Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var hash = text.LastIndexOf('#');
        return equals > 0 && hash > equals && NotaryList.IsOperator(text.AsSpan(0, equals)) && Federation.Member.IsUrl(text[(equals + 1)..hash])
            && VerifyKey.TryParse(text.AsSpan(hash + 1), out var key)
            ? new(text[..equals], text[(equals + 1)..hash], key)
            : throw new HawserException(Reason.Usage, $"{text} names no notary", "write it as in --trust-notary harbour=https://notary.example.org#KEY; its admin sees URL#KEY with: hawser hub notary");
    }
}

/// <summary>Keeps the cards of the notaries that this hub believes, and asks for them again in time.</summary>
internal sealed class NotaryWatch : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LastRetry = TimeSpan.FromMinutes(5), Often = TimeSpan.FromMinutes(1); // notary.md §6

    private readonly CancellationTokenSource _stop = new();
    private readonly HubClient _http = new();
    private readonly IReadOnlyList<KnownNotary> _notaries;
    private readonly NotaryPanel _panel;
    private readonly Lock _gate;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ChannelWriter<bool> _wanted;
    private readonly ChannelReader<bool> _wishes;
    private readonly Dictionary<string, string> _said = []; // why each was not believed when it was asked last
    private Task _running = Task.CompletedTask;

    /// <param name="panel">Takes the cards, under the gate.</param>
    public NotaryWatch(IReadOnlyList<KnownNotary> notaries, NotaryPanel panel, Lock gate, TimeProvider clock, ILogger log)
    {
        (_notaries, _panel, _gate, _clock, _log) = (notaries, panel, gate, clock, log);
        var wishes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        (_wanted, _wishes) = (wishes.Writer, wishes.Reader);
        foreach (var notary in notaries) panel.Name(notary.Root, notary.Operator);
    }

    /// <summary>Some notary may have new keys: asks all again, unless that was done within the minute.</summary>
    public void Refresh() => _wanted.TryWrite(true);

    /// <summary>Begins to ask; after our own HTTP has begun to answer.</summary>
    public void Start() => _running = RunAsync(_stop.Token);

    public byte[] List() => new NotaryList(_panel.Needed, [.. _notaries.Select(notary => (notary.Operator, notary.Url)).Take(NotaryPanel.MaxStatements)]).Write();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        var retry = FirstRetry;
        long? asked = null; // the last time that somebody's key made us
        while (true)
        {
            var missing = 0;
            foreach (var notary in _notaries)
                if (!await TryFetchAsync(notary, cancel).ConfigureAwait(false)) missing++;
            var pause = missing == 0 ? NotaryPanel.Patience : retry;
            retry = missing == 0 ? FirstRetry : retry < LastRetry ? retry * 2 : LastRetry;
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var waiting = Task.Delay(pause, _clock, ending.Token);
            var wished = WishAsync(asked, ending.Token);
            if (await Task.WhenAny(waiting, wished).ConfigureAwait(false) == wished) asked = _clock.GetTimestamp();
            await ending.CancelAsync().ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
        }
    }

    // Who shows unknown keys makes us ask once a minute, and no more.
    private async Task WishAsync(long? asked, CancellationToken cancel)
    {
        if (asked is { } before && Often - _clock.GetElapsedTime(before) is var rest && rest > TimeSpan.Zero) await Task.Delay(rest, _clock, cancel).ConfigureAwait(false);
        await _wishes.ReadAsync(cancel).ConfigureAwait(false);
    }

    private async Task<bool> TryFetchAsync(KnownNotary notary, CancellationToken cancel)
    {
        try
        {
            var text = await _http.GetAsync(notary.Url, NotaryPaths.Card, cancel).ConfigureAwait(false);
            if (text is not null && NotaryCard.TryRead(text, out var card) && card.Root == notary.Root)
                lock (_gate)
                    if (_panel.TryTake(_clock.GetUtcNow(), card))
                    {
                        _said.Remove(notary.Operator);
                        return true;
                    }

            Say(notary, text is null ? "has no card" : "shows a card that is old or of another key");
        }
        catch (HawserException e)
        {
            Say(notary, e.Message);
        }

        return false;
    }

    // Once, however often it is asked in vain.
    private void Say(KnownNotary notary, string why)
    {
        if (_said.GetValueOrDefault(notary.Operator) == why) return;
        _said[notary.Operator] = why;
        _log.NotaryUnknown(notary.Operator, why);
    }
}
