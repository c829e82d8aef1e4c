using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Hubs;

namespace Hawser.Lab;

/// <summary>
/// Many users in one process: each with keys of its own and the machines that a node has, over real HTTP. Ten share an
/// address, as behind one router.
/// </summary>
internal sealed class Crowd : IDisposable
{
    private const int PerAddress = 10;
    private const int AtOnce = 120; // that claim; the others wait their turn

    private readonly Genesis _genesis;
    private readonly Epochs _epochs;
    private readonly int _count;
    private readonly Random _random;
    private readonly HubClient[] _clients;
    private readonly SemaphoreSlim _room = new(AtOnce, AtOnce);
    private readonly ConcurrentBag<(RoutingId, VerifyKey, TitleStatus)> _ends = [];
    private readonly ConcurrentBag<double> _finals = [];
    private int _busy; // users that have not come through yet
    private int _begunAgain;
    private long _failed;
    private volatile Official _now = new(0, default);
    private volatile TaskCompletionSource _ticked = new(TaskCreationOptions.RunContinuationsAsynchronously); // when official time has gone on

    private sealed record Official(uint Height, RoutingTick Tick);

    public Crowd(Genesis genesis, int count, int seed)
    {
        (_genesis, _count, _random, _epochs) = (genesis, count, new(seed), Epochs.Of(genesis));
        _busy = count;
        _clients = [.. Enumerable.Range(0, (count + PerAddress - 1) / PerAddress)
            .Select(i => new HubClient(IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"127.{10 + i / 250}.{1 + i % 250}.1"))))];
    }

    public TimeProvider Clock { get; } = TimeProvider.System;

    /// <summary>What each ID must be in the end: whose, or given up.</summary>
    public IReadOnlyCollection<(RoutingId Id, VerifyKey Key, TitleStatus Status)> Ends => _ends;

    public uint Height => _now.Height;

    public string Told
    {
        get
        {
            var finals = _finals.Order().ToArray();
            return string.Create(CultureInfo.InvariantCulture,
                $"{_ends.Count} users, {_ends.Count(end => end.Item3 == TitleStatus.Cancelled)} gave up in the end, a claim was final after {(finals.Length == 0 ? 0 : finals[finals.Length / 2]):0.0} s (median), {_begunAgain} claims begun again, {_failed} requests unanswered, height {_now.Height}");
        }
    }

    public async Task LiveAsync(CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var watching = WatchAsync(over.Token);
        try
        {
            var users = Enumerable.Range(0, _count).Select(async number =>
            {
                try
                {
                    await OneAsync(number, over.Token);
                }
                catch
                {
                    await over.CancelAsync(); // one that fails is enough
                    throw;
                }
            }).ToArray();
            await Task.WhenAll(users);
        }
        finally
        {
            await over.CancelAsync();
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        _room.Dispose();
    }

    private async Task OneAsync(int number, CancellationToken cancel)
    {
        var http = _clients[number / PerAddress];
        int turn;
        lock (_random) turn = _random.Next(_genesis.Founders.Count);
        var user = new CrowdUser(this, http, _genesis, _epochs, number, turn);
        await _room.WaitAsync(cancel);
        try
        {
            var since = Clock.GetTimestamp();
            await user.ClaimAsync(cancel);
            _finals.Add(Clock.GetElapsedTime(since).TotalSeconds);
        }
        finally
        {
            _room.Release();
        }

        var title = await user.TitleAsync(cancel);
        while (!IsRenewable(title)) await NextTickAsync(cancel);
        await user.SendAsync(user.Renewal(title), cancel);
        await user.SendAsync(user.Transfer(await user.TitleAsync(cancel)), cancel);
        user.TakeNewKey();
        title = await user.TitleAsync(cancel);
        if (number % 2 == 0)
        {
            await user.SendAsync(user.Cancellation(title), cancel);
            _ends.Add((user.Id, default, TitleStatus.Cancelled));
            Interlocked.Decrement(ref _busy);
        }
        else
        {
            _ends.Add((user.Id, title.ClaimKey, TitleStatus.Final));
            Interlocked.Decrement(ref _busy);
            await KeepAsync(user, title, cancel);
        }
    }

    // As a node does: with a thousand users the last comes through when the term of the first is long over.
    private async Task KeepAsync(CrowdUser user, Title title, CancellationToken cancel)
    {
        while (Volatile.Read(ref _busy) > 0)
        {
            if (!IsRenewable(title))
            {
                await NextTickAsync(cancel);
                continue;
            }

            await user.SendAsync(user.Renewal(title), cancel);
            title = await user.TitleAsync(cancel);
        }
    }

    private bool IsRenewable(Title title) => title.Expiry.Number - _now.Tick.Number <= (int)_genesis.RenewalWindow;

    private Task NextTickAsync(CancellationToken cancel) => _ticked.Task.WaitAsync(cancel);

    /// <summary>The height that an audit must reach.</summary>
    public void Saw(uint height) => _now = _now with { Height = height };

    public void BeginsAgain() => Interlocked.Increment(ref _begunAgain);

    public void Unanswered() => Interlocked.Increment(ref _failed);

    // Official time, from whoever answers.
    private async Task WatchAsync(CancellationToken cancel)
    {
        using var http = new HubClient();
        for (var place = 0; ; place++)
        {
            try
            {
                var file = await http.GetAsync(_genesis.Founders[place % _genesis.Founders.Count].Url, HubPaths.Latest, cancel);
                if (file is not null && TickCertificate.TryRead(file, _epochs.Newest, out var certificate) && certificate.Header.Height > _now.Height)
                {
                    _now = new(certificate.Header.Height, certificate.Header.Tick);
                    var ticked = _ticked;
                    _ticked = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    ticked.SetResult();
                }
            }
            catch (HawserException)
            {
                // Another one will.
            }

            await Task.Delay(250, cancel);
        }
    }
}
