using System.Collections.Concurrent;
using System.Globalization;
using Hawser.Chain;
using Hawser.Net.Chain;
using Hawser.Net.Pump;
using Hawser.Rendezvous;

namespace Hawser.Net.Hosting;

// What the client wants done: coins chosen, states kept, transactions sent, peers met.
internal sealed partial class LedgerHost
{
    private readonly ConcurrentDictionary<Task, byte> _work = new();
    private readonly ConcurrentDictionary<long, Peer> _met = new();
    private readonly SemaphoreSlim _purse = new(1); // one transaction is made at a time

    /// <summary>The peer that a meeting led to, while it is connected.</summary>
    public Peer? MetBy(long number) => _met.GetValueOrDefault(number);

    public static HawserException NoChainKey() => new(Reason.NoSuchPeer, "no chain key of this contact is known",
        "add its card, its deed or its ID anew: hawser peer add CARD; a deed has one if its owner wanted that");

    /// <summary>What a message would cost now.</summary>
    /// <param name="sizeOf">The size of its script.</param>
    /// <param name="introduce">Whether it pays its reader to look.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="HawserException">No coins, or no node.</exception>
    public async Task<Quote> QuoteAsync(Func<LedgerClient, int?> sizeOf, bool introduce, CancellationToken cancel)
    {
        var size = Ask((client, _) => sizeOf(client)) ?? throw NoChainKey();
        var more = introduce ? new LedgerOutput(OwnCoins.Dust, SegwitAddress.ScriptOf(_own.Public.Hash)) : null;
        await _purse.WaitAsync(cancel);
        try
        {
            var rate = await RateAsync(cancel);
            var purse = await FundAsync(size, more, rate, cancel);
            Release(purse);
            return new(purse.Fee + (more?.Value ?? 0), purse.Transaction.VirtualSize, rate, Balance());
        }
        finally
        {
            _purse.Release();
        }
    }

    /// <summary>Satoshi of our own; null where a wallet pays.</summary>
    public ulong? Balance()
    {
        lock (_gate) return _client?.Coins?.All.Aggregate(0ul, (sum, coin) => sum + coin.Value);
    }

    /// <summary>Where to send coins for this node; null where a wallet pays, and before the ledger is known.</summary>
    public string? AddressToPay()
    {
        lock (_gate) return _client?.Coins is { } coins && Network is { } network ? SegwitAddress.Show(network, coins.KeyToPay.Hash) : null;
    }

    /// <summary>The same as a script.</summary>
    public byte[]? ScriptToPay()
    {
        lock (_gate) return _client?.Coins is { } coins ? SegwitAddress.ScriptOf(coins.KeyToPay.Hash) : null;
    }

    // What is to be kept is kept under the lock, in its order; all else is done outside of it.
    private void Drain(LedgerClient client, List<LedgerEvent> events)
    {
        while (client.TryTake(out var happened))
        {
            events.Add(happened);
            if (happened is not LedgerEvent.SaveWanted save) continue;
            _store.SaveMeeting(save.Meeting);
            client.Saved(save.Meeting.Number);
        }
    }

    private void Deal(LedgerEvent happened)
    {
        switch (happened)
        {
            case LedgerEvent.SaveWanted save:
                Changed?.Invoke(save.Meeting);
                break;
            case LedgerEvent.FundWanted fund: Start(() => FundAsync(fund)); break;
            case LedgerEvent.SendWanted send: Start(() => SendAsync(send)); break;
            case LedgerEvent.Addressed addressed: Start(() => MeetAsync(addressed)); break;
            case LedgerEvent.Ended ended:
                _log.MeetingEnded(ended.Meeting.Number, ended.Meeting.State);
                break;
        }
    }

    private async Task FundAsync(LedgerEvent.FundWanted wanted)
    {
        await _purse.WaitAsync(_stopping.Token);
        Spending? spending = null;
        try
        {
            var rate = await RateAsync(_stopping.Token);
            spending = await FundAsync(wanted.ScriptSize, wanted.More, rate, _stopping.Token);
            var cost = spending.Fee + (wanted.More?.Value ?? 0);
            var max = wanted.MaxFee ?? _options.MaxFee;
            if (cost > max)
                throw new HawserException(Reason.Refused, string.Create(CultureInfo.InvariantCulture, $"it would cost {cost} satoshi, and {max} are allowed"), "allow more with --max-fee, or wait until fees fall");
            var transaction = spending.Transaction;
            if (Ask((client, _) => client.Compose(wanted.Number, [.. transaction.Inputs.Select(input => input.Spent)])) is not { } script) return; // wanted no more
            var signed = await SignAsync(spending, script, _stopping.Token);
            spending = null; // from here on its coins are the meeting's
            Ask((client, now) =>
            {
                client.Signed(now, wanted.Number, signed, cost);
                return 0;
            });
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            if (e is not HawserException) _log.WorkFailed(e);
            var why = e is HawserException ? e.Message : "something went wrong inside: see the node's log";
            Ask((client, now) =>
            {
                client.NotFunded(now, wanted.Number, why);
                return 0;
            });
        }
        finally
        {
            if (spending is not null) Release(spending);
            _purse.Release();
        }
    }

    private async Task<Spending> FundAsync(int scriptSize, LedgerOutput? more, ulong rate, CancellationToken cancel)
    {
        if (!HasOwnCoins)
        {
            var bare = new LedgerTransaction { Inputs = [], Outputs = [new(0, Placeholder(scriptSize)), .. more is null ? Array.Empty<LedgerOutput>() : [more]] };
            var (funded, fee) = await ((IChainWallet)_chain).FundAsync(bare, rate, cancel);
            return new(funded, [], fee);
        }

        lock (_gate) _client!.Coins!.Trust();
        while (true)
        {
            Spending? chosen;
            lock (_gate) chosen = _client!.Coins!.Choose(scriptSize, more, rate);
            if (chosen is null)
                throw NotEnough();
            var isThere = false;
            try
            {
                isThere = await AreThereAsync(chosen.Coins, cancel);
            }
            finally
            {
                if (!isThere) Release(chosen);
            }

            if (isThere) return chosen;
        }
    }

    // A coin that the node does not know is left out of the next choice.
    private async Task<bool> AreThereAsync(Coin[] coins, CancellationToken cancel)
    {
        var all = true;
        foreach (var coin in coins)
        {
            if (await _chain.OutputAsync(coin.At, cancel) is { } output && output.Value == coin.Value) continue;
            all = false;
            lock (_gate) _client!.Coins!.Doubt(coin.At);
        }

        return all;
    }

    private HawserException NotEnough()
    {
        int doubted;
        lock (_gate) doubted = _client!.Coins!.Doubted;
        return doubted > 0
            ? new(Reason.Refused, string.Create(CultureInfo.InvariantCulture, $"the node at {_chain.Name} does not know {doubted} of the coins that there are, {Balance()} satoshi in all"), "is it behind? see: hawser chain status")
            : new(Reason.Refused, string.Create(CultureInfo.InvariantCulture, $"there are not enough coins: {Balance()} satoshi"), $"send some to {AddressToPay()}");
    }

    // What a wallet is shown instead of the message, which hangs on what it will spend.
    private static byte[] Placeholder(int scriptSize)
    {
        foreach (var header in (int[])[1, 2, 3])
        {
            var length = scriptSize - Announcement.Overhead - header;
            if (length > 0 && Announcement.SizeFor(length) == scriptSize)
                return new Announcement(MessageProfile.Compact, new byte[20], new byte[length]).Write();
        }

        throw new ArgumentOutOfRangeException(nameof(scriptSize));
    }

    private async Task<LedgerTransaction> SignAsync(Spending spending, byte[] script, CancellationToken cancel)
    {
        if (HasOwnCoins)
        {
            lock (_gate) return _client!.Coins!.Sign(spending, script);
        }

        var outputs = spending.Transaction.Outputs.Select(output => Announcement.IsFlagged(output.Script) ? output with { Script = script } : output);
        return await ((IChainWallet)_chain).SignAsync(spending.Transaction with { Outputs = [.. outputs] }, cancel);
    }

    private void Release(Spending spending)
    {
        lock (_gate)
            foreach (var coin in spending.Coins) _client!.Coins!.Release(coin.At);
    }

    private async Task<ulong> RateAsync(CancellationToken cancel) => Math.Max(1_000, await _chain.FeeRateAsync(cancel) ?? UsualRate);

    private async Task SendAsync(LedgerEvent.SendWanted send)
    {
        try
        {
            await _chain.SendAsync(send.Raw, _stopping.Token);
            Ask((client, now) =>
            {
                client.Sent(now, send.Number);
                return 0;
            });
            _look.Release();
        }
        catch (HawserException e) when (e.Reason is Reason.Refused)
        {
            Ask((client, now) =>
            {
                client.NotSent(now, send.Number, e.Message);
                return 0;
            });
        }
        catch (HawserException e)
        {
            _log.ChainTrouble(e.Message); // the node is away: it is sent again
        }
    }

    // A pool forgets, a node restarts: what is still wanted goes out again, and one that is there already is no fault.
    private void RepeatSending()
    {
        var now = _clock.GetMoment().Mono;
        if (now < _sendAgain) return;
        _sendAgain = now + SendAgain;
        foreach (var meeting in Ask((client, _) => client.Meetings.Where(m => !m.IsOver && m.Raw.Length > 0).ToArray()))
        {
            if (meeting.State is MeetingState.Accepting || _clock.GetUtcNow() - meeting.Changed >= SendAgain)
                Start(() => SendAsync(new(meeting.Number, meeting.Raw)));
        }
    }

    private async Task MeetAsync(LedgerEvent.Addressed addressed)
    {
        var meeting = addressed.Meeting;
        if (meeting is not { Contact: { } contact, Peer: { } at }) return;
        Ask((client, now) =>
        {
            client.Dialling(now, meeting.Number);
            return 0;
        });
        Peer? peer = null;
        try
        {
            peer = await _runtime.MeetAsync(new()
            {
                Role = meeting.Role is MeetingRole.Inviter ? IntroductionRole.Initiator : IntroductionRole.Host,
                Peer = contact,
                Candidates = MayDial(at) ? [at] : [],
                Secret = addressed.Secret.Secret,
                NonceI = addressed.Secret.NonceI,
                NonceH = addressed.Secret.NonceH,
                Expires = Instant.Never,
            }, meeting.Failures == 0, _stopping.Token);
            _met[meeting.Number] = peer;
            _ = peer.Closed.ContinueWith(_ => _met.TryRemove(meeting.Number, out Peer? _), TaskScheduler.Default);
        }
        catch (HawserException)
        {
            // Counted by the client, which knows when to try again.
        }

        Ask((client, now) =>
        {
            client.Handshook(now, meeting.Number, peer is not null);
            return 0;
        });
        if (peer is null || meeting.Role is not MeetingRole.Inviter) return;
        if (await _keys.OfferAsync(peer, _stopping.Token) is { } generation) _log.ChainKeysAgreed(generation);
    }

    private void Start(Func<Task> work)
    {
        var task = Task.Run(async () =>
        {
            try
            {
                await work();
            }
            catch (Exception e) when (e is HawserException or OperationCanceledException or IOException)
            {
                // Whoever waits is told by the meeting's state.
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _log.WorkFailed(e);
            }
        });
        _work.TryAdd(task, 0);
        task.ContinueWith(done => _work.TryRemove(done, out _), TaskScheduler.Default);
    }
}

/// <summary>A cost, before it is spent.</summary>
/// <param name="Cost">Satoshi in all.</param>
/// <param name="Size">Virtual bytes, without signatures where a wallet makes them.</param>
/// <param name="Rate">Satoshi for 1,000 of them.</param>
/// <param name="Balance">Satoshi that there are; null where a wallet pays.</param>
internal sealed record Quote(ulong Cost, int Size, ulong Rate, ulong? Balance);
