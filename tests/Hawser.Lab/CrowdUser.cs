using System.Threading.Channels;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Hubs;
using Hawser.Net.Pump;

namespace Hawser.Lab;

/// <summary>One user: drives a claimant and senders of records as a node does, with what they store kept in memory.</summary>
internal sealed class CrowdUser(Crowd crowd, HubClient http, Genesis genesis, Epochs epochs, int number, int turn)
{
    private readonly Channel<(long Number, byte[] Body)> _answers = Channel.CreateUnbounded<(long, byte[])>();
    private readonly DhPublicKey _channel = DhKeyPair.Generate(SystemEntropy.Shared).Public;
    private SigningKey _key = SigningKey.Generate(SystemEntropy.Shared);
    private SigningKey _next = SigningKey.Generate(SystemEntropy.Shared);
    private DeedContent _content = null!;
    private uint _seen; // the newest record that was shown

    public RoutingId Id { get; private set; }

    /// <summary>Claims an ID, until it is final. A claim that was certified must not be lost.</summary>
    public async Task ClaimAsync(CancellationToken cancel)
    {
        var wish = new ClaimWish { Keyword = $"user {number}", Hubs = [genesis.Founders[turn].Id] };
        var claimant = new Claimant(crowd.Clock.GetMoment(), genesis, _key, _channel, wish, SystemEntropy.Shared, epochs: epochs);
        var furthest = ClaimantState.Draft;
        while (claimant.State is not ClaimantState.Final)
        {
            while (claimant.TryTake(out var happened))
            {
                switch (happened)
                {
                    case ClaimantEvent.Store store: claimant.Done(crowd.Clock.GetMoment(), store.Number); break;
                    case ClaimantEvent.Fetch fetch: _ = AskAsync(fetch.Number, fetch.Member, fetch.Question, cancel); break;
                    case ClaimantEvent.Moved(var state, _): furthest = state; break;
                    case ClaimantEvent.StartedAgain(var why):
                        // Before it is certified nothing is lost but time; afterwards everything would be.
                        if (furthest >= ClaimantState.Logged) throw new HawserException(Reason.Failed, $"user {number} lost a claim: {why}");
                        crowd.BeginsAgain();
                        break;
                }
            }

            await WaitAsync(claimant.NextWakeup, cancel);
            while (_answers.Reader.TryRead(out var answer)) claimant.Answer(crowd.Clock.GetMoment(), answer.Number, answer.Body);
            claimant.Tick(crowd.Clock.GetMoment());
        }

        Id = claimant.Id!.Value;
        _content = DeedRecord.ContentOf(claimant.ClaimedDeed!.Text)!;
    }

    public DeedRecord Renewal(Title title) =>
        DeedRecord.Sign(genesis.Hash, Id, RecordKind.Renew, title.Record + 1, title.DeedHash, _content, _key);

    public DeedRecord Cancellation(Title title) =>
        DeedRecord.Sign(genesis.Hash, Id, RecordKind.Cancel, title.Record + 1, title.DeedHash, null, _key);

    /// <summary>To somebody else: another key signs first, then the holder.</summary>
    public DeedRecord Transfer(Title title)
    {
        _content = _content with { ClaimKey = _next.Public, OwnerName = $"heir of {number}" };
        return DeedRecord.Complete(DeedRecord.Accept(genesis.Hash, Id, title.Record + 1, title.DeedHash, _content, _next), _key);
    }

    public void TakeNewKey() => (_key, _next) = (_next, _key);

    /// <summary>Until the registry shows it; anything else in its place is a loss.</summary>
    public async Task SendAsync(DeedRecord record, CancellationToken cancel)
    {
        while (_answers.Reader.TryRead(out _)) { } // of what came before
        var sender = new RecordSender(crowd.Clock.GetMoment(), genesis, record, epochs);
        while (true)
        {
            sender.Tick(crowd.Clock.GetMoment());
            while (sender.TryTake(out var happened))
                if (happened is RecordEvent.Fetch fetch) _ = AskAsync(fetch.Number, fetch.Member, fetch.Question, cancel);
            if (sender.State is RecordState.InForce)
            {
                _seen = record.Number; // a hub that lags may still show what was before
                return;
            }

            if (sender.State is RecordState.Overtaken) throw new HawserException(Reason.Failed, $"the {record.Kind} of user {number} was overtaken: {sender.Seen?.Status}");
            await WaitAsync(sender.NextWakeup, cancel);
            while (_answers.Reader.TryRead(out var answer)) sender.Answer(crowd.Clock.GetMoment(), answer.Number, answer.Body);
        }
    }

    /// <summary>The ID's title, by a proof that verifies.</summary>
    public async Task<Title> TitleAsync(CancellationToken cancel)
    {
        for (var place = turn; ; place++)
        {
            try
            {
                var proof = await http.GetAsync(genesis.Founders[place % genesis.Founders.Count].Url, HubPaths.ProofOf(Id), cancel);
                if (proof is not null && OwnershipProof.TryRead(proof, out var read) && read.Verify(genesis.Hash, epochs, Id, out _) is null
                    && read.Title is { } title && title.ClaimKey == _key.Public && DeedHashIsMine(title)) return title;
            }
            catch (HawserException)
            {
                crowd.Unanswered();
            }

            await Task.Delay(100, cancel);
        }
    }

    private bool DeedHashIsMine(Title title)
    {
        if (title.Record < _seen || title.Status is not TitleStatus.Final) return false;
        _seen = title.Record;
        return true;
    }

    private async Task WaitAsync(Instant wakeup, CancellationToken cancel)
    {
        var wait = wakeup - crowd.Clock.GetMoment().Mono;
        if (wait <= TimeSpan.Zero) return;
        if (wait > TimeSpan.FromSeconds(10)) wait = TimeSpan.FromSeconds(10);
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var answered = _answers.Reader.WaitToReadAsync(soon.Token).AsTask();
        await Task.WhenAny(answered, Task.Delay(wait, soon.Token));
        await soon.CancelAsync();
        await answered.ContinueWith(static _ => { }, TaskScheduler.Default);
        cancel.ThrowIfCancellationRequested();
    }

    private async Task AskAsync(long asked, Member member, HubQuestion question, CancellationToken cancel)
    {
        byte[]? body = null;
        try
        {
            body = question switch
            {
                HubQuestion.Ticket(var text) => await http.PostAsync(member.Url, HubPaths.Ticket, text, null, cancel),
                HubQuestion.Claim(var text) => await http.PostAsync(member.Url, HubPaths.Claim, text, null, cancel),
                HubQuestion.Reveal(var text) => await http.PostAsync(member.Url, HubPaths.Reveal, text, null, cancel),
                HubQuestion.Entrust(var text) => await http.PostAsync(member.Url, HubPaths.Entrust, text, null, cancel),
                HubQuestion.Share(var text) => await http.PostAsync(member.Url, HubPaths.Share, text, null, cancel),
                HubQuestion.Tentative(var claim) => await http.GetAsync(member.Url, HubPaths.TentativeOf(claim), cancel),
                HubQuestion.Record(var text) => await http.PostAsync(member.Url, HubPaths.Record, text, null, cancel),
                HubQuestion.Certificate(var height) => await http.GetAsync(member.Url, height is { } h ? HubPaths.CertificateAt(h) : HubPaths.Latest, cancel),
                HubQuestion.Epoch(var epoch) => await http.GetAsync(member.Url, HubPaths.EpochOf(epoch), cancel),
                HubQuestion.LogTile(var admin, var tile) => await http.GetAsync(member.Url, HubPaths.TileOf(admin, tile), cancel),
                HubQuestion.Ownership(var id) => await http.GetAsync(member.Url, HubPaths.ProofOf(id), cancel),
                _ => throw new InvalidOperationException("a question that no hub answers"),
            };
        }
        catch (Exception e) when (e is HawserException or OperationCanceledException)
        {
            crowd.Unanswered();
        }

        _answers.Writer.TryWrite((asked, body ?? []));
    }
}
