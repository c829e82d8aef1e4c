using System.Collections.Concurrent;
using System.Text;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Relations;
using Hawser.Session;
using Hawser.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Hawser.Tests.Net;

/// <summary>What a site takes from a channel, keeps, and confirms, whoever is at the other end.</summary>
public sealed class CorrespondenceTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));
    private readonly Side _alice = new("alice"), _bob = new("bob");

    public async ValueTask DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _bob.DisposeAsync();
        _patience.Dispose();
    }

    [Fact]
    public async Task A_message_outside_any_tally_is_dropped_and_counted_and_the_third_closes_the_channel()
    {
        var channel = new RawChannel(_bob.Site);
        _alice.Mail.Attach(channel);
        for (var number = 1UL; number <= 3; number++)
        {
            Assert.False(channel.IsClosed);
            channel.Say(NoteOf(default, number, "{}"));
            await UntilAsync(() => (ulong)_alice.Mail.Strays == number);
        }

        await UntilAsync(() => channel.IsClosed);
        Assert.Empty(_alice.Book.Before(1, long.MaxValue, 10));
        Assert.DoesNotContain(channel.Heard, message => message[0] == Got.Kind);
    }

    [Fact]
    public async Task A_message_of_a_tally_has_no_place_on_another_sites_channel()
    {
        var tally = await BefriendAsync();
        var thief = new RawChannel(new(Sha256.Hash("thief"u8)));
        _alice.Mail.Attach(thief);
        thief.Say(NoteOf(tally, 1, "{}"));
        await UntilAsync(() => _alice.Mail.Strays == 1);
        Assert.Empty(_alice.Owner.Received);
    }

    [Fact]
    public async Task A_message_is_kept_once_however_often_it_comes_and_confirmed_each_time()
    {
        var tally = await BefriendAsync();
        _pipes!.Break();
        await UntilAsync(() => _alice.Mail.Tallies.All(t => !t.IsUp));
        var channel = new RawChannel(_bob.Site);
        _alice.Mail.Attach(channel);
        channel.Say(NoteOf(tally, 2, "\"second\""));
        channel.Say(NoteOf(tally, 2, "\"second\""));
        await UntilAsync(() => GotsOn(channel).Any(got => got.Ranges.SequenceEqual([(2UL, 2UL)])));
        channel.Say(NoteOf(tally, 1, "\"first\""));
        await UntilAsync(() => GotsOn(channel).Any(got => got.Ranges.SequenceEqual([(1UL, 2UL)])));
        var before = GotsOn(channel).Count();
        channel.Say(NoteOf(tally, 1, "\"first\""));
        await UntilAsync(() => GotsOn(channel).Count() > before);
        Assert.Equal(["\"second\"", "\"first\""], _alice.Owner.Received); // any order, each once
        Assert.Equal(0, _alice.Mail.Strays);
    }

    [Fact]
    public async Task A_message_before_the_channel_stands_is_queued_then_delivered()
    {
        var tally = await BefriendAsync();
        _pipes!.Break();
        await UntilAsync(() => _alice.Mail.Tallies.All(t => !t.IsUp) && _bob.Mail.Tallies.All(t => !t.IsUp));
        await _alice.Mail.SendAsync(tally, "chat"u8.ToArray(), "\"early\""u8.ToArray());
        Assert.Equal(1, Assert.Single(_alice.Mail.Tallies).Queued);
        Connect();
        await UntilAsync(() => _bob.Owner.Received.SequenceEqual(["\"early\""]) && _alice.Mail.Tallies[0].Queued == 0);
        await UntilAsync(() => _alice.Owner.DeliveredCount == 1); // said when that is on disk, too
    }

    [Fact]
    public async Task Both_sides_know_all_of_it_after_they_were_started_anew()
    {
        var tally = await BefriendAsync();
        for (var i = 0; i < 5; i++) await _alice.Mail.SendAsync(tally, "chat"u8.ToArray(), Encoding.ASCII.GetBytes($"{i}"));
        await UntilAsync(() => _bob.Owner.Received.Count == 5);
        await _alice.RestartAsync();
        await _bob.RestartAsync();
        await _alice.Mail.SendAsync(tally, "chat"u8.ToArray(), "5"u8.ToArray());
        Connect();
        await UntilAsync(() => _bob.Owner.Received.Count == 6);
        Assert.Equal(["0", "1", "2", "3", "4", "5"], _bob.Owner.Received);
        Assert.Equal("6", Assert.Single(_bob.Book.Series(), series => !series.Outgoing).Done);
    }

    private PipePair? _pipes;

    private void Connect()
    {
        _pipes = new(_alice.Site, _bob.Site);
        _alice.Mail.Attach(_pipes.AtOne);
        _bob.Mail.Attach(_pipes.AtTwo);
    }

    private async Task<Token16> BefriendAsync()
    {
        Connect();
        await _alice.Mail.TellAsync((desk, now) => desk.Draft(now, _alice.User.Public, _bob.Site, Tally.Acquaintance) is not null);
        await UntilAsync(() => _alice.Mail.Tallies.Any(t => t.Record is { Now: TallyRecord.State.Open, IsConfirmed: true }) && _bob.Mail.Tallies.Any(t => t.Record is { Now: TallyRecord.State.Open, IsConfirmed: true }));
        return Assert.Single(_alice.Mail.Tallies).Record.Id;
    }

    private async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(5, _patience.Token);
    }

    private static IEnumerable<Got> GotsOn(RawChannel channel) => channel.Heard.Where(message => message[0] == Got.Kind).Select(message => Got.TryRead(message, out var got) ? got : null!);

    private static byte[] NoteOf(in Token16 tally, ulong number, string body)
    {
        var note = new Note { Tally = tally, Series = 77, Number = number, Sent = 1, Type = "chat"u8, Body = Encoding.UTF8.GetBytes(body) };
        var bytes = new byte[note.Size];
        note.Write(bytes);
        return bytes;
    }

    /// <summary>A site with one user that knows everybody.</summary>
    private sealed class Side : ITallyUsers, IAsyncDisposable
    {
        public Side(string name)
        {
            User = new(Sha256.Hash(Encoding.ASCII.GetBytes(name)));
            Site = new(Sha256.Hash(Encoding.ASCII.GetBytes($"site of {name}")));
            Owner = new(this);
            Mail = New();
        }

        public MemoryBook Book { get; } = new();

        public SigningKey User { get; }

        public DhPublicKey Site { get; }

        public Owner Owner { get; }

        public Correspondence Mail { get; private set; }

        public Bytes32 Genesis => default;

        public SigningKey? KeyOf(in VerifyKey user) => user == User.Public ? User : null;

        public Card CardOf(in VerifyKey user) => Card.Sign(new() { Genesis = default, User = user, Site = Site, Made = 1 }, User);

        public bool Knows(in VerifyKey partner, in DhPublicKey site) => true;

        public async Task RestartAsync()
        {
            await Mail.DisposeAsync();
            Mail = New();
        }

        public ValueTask DisposeAsync() => Mail.DisposeAsync();

        private Correspondence New() => new(Book, this, Owner, SystemEntropy.Shared, TimeProvider.System, NullLogger.Instance);
    }

    private sealed class Owner(Side side) : IRelationOwner
    {
        private int _delivered;

        public ConcurrentQueue<string> Received { get; } = new();

        public int DeliveredCount => _delivered;

        public void CardCame(long channel, DhPublicKey site, Card card) => side.Mail.Introduce(side.User.Public, site);

        public void Offered(TallyRecord record, bool asWished) => _ = side.Mail.TellAsync((desk, now) => desk.Accept(now, record.Id));

        public void Changed(TallyRecord record) { }

        public void Kept(IReadOnlyList<BookedMessage> messages)
        {
            foreach (var message in messages)
                if (!message.Outgoing) Received.Enqueue(Encoding.UTF8.GetString(message.Body));
        }

        public void Delivered(long tally, ulong series, ulong first, ulong last) => Interlocked.Add(ref _delivered, (int)(last - first + 1));

        public bool IsBlocked(TallyRecord record) => false;

        public Task DialAsync(DhPublicKey site, CancellationToken cancel) => Task.CompletedTask;
    }
}
