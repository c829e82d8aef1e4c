using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Hawser.Crypto;
using Hawser.Session;
using Hawser.Wire;
using Microsoft.Extensions.Logging;
using static Hawser.Session.TallyRecord;

namespace Hawser.Net.Relations;

/// <summary>Whom an embedded node knows, and the messages that it has with them.</summary>
internal sealed class Acquaintances : ITallyUsers, IRelationOwner, IAsyncDisposable
{
    private readonly ConcurrentDictionary<DhPublicKey, HostPort?> _known = new();
    private readonly ConcurrentDictionary<string, Func<ReceivedMessage, CancellationToken, Task>> _handlers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<DhPublicKey, TaskCompletionSource> _opened = new();
    private readonly Channel<long> _came = Channel.CreateUnbounded<long>(); // numbers of tallies
    private readonly CancellationTokenSource _stopping = new();
    private readonly IRelationBook _book;
    private readonly ILogger _log;
    private readonly SigningKey _user;
    private readonly Func<HostPort, DhPublicKey, CancellationToken, Task> _dial;
    private readonly ulong _made;
    private readonly Task _handling;

    public Acquaintances(DhPublicKey site, in Bytes32 userSecret, IRelationBook book, Func<HostPort, DhPublicKey, CancellationToken, Task> dial, TimeProvider clock, ILogger log)
    {
        (Site, _user, _book, _dial, _log) = (site, new(userSecret), book, dial, log);
        _made = (ulong)clock.GetUtcNow().ToUnixTimeSeconds();
        Mail = new(book, this, this, SystemEntropy.Shared, clock, log);
        foreach (var tally in book.Tallies()) _came.Writer.TryWrite(tally.Number); // what was not handled before
        _handling = Task.Run(HandleAsync);
    }

    public Correspondence Mail { get; }

    public VerifyKey User => _user.Public;

    public DhPublicKey Site { get; }

    public Bytes32 Genesis => default;

    /// <summary>A message of ours has arrived.</summary>
    public Action<string>? MessageDelivered { get; set; }

    public bool Knows(in DhPublicKey site) => _known.ContainsKey(site);

    /// <summary>Lets a site in, and wants a tally with its user; completes when both have signed it.</summary>
    public async Task BefriendAsync(DhPublicKey site, HostPort? address, CancellationToken cancel)
    {
        if (address is not null || !_known.ContainsKey(site)) _known[site] = address;
        var opened = _opened.GetOrAdd(site, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        var record = With(site);
        if (record is { Now: State.Open }) return;
        if (record is null) await Mail.TellAsync((desk, now) => desk.Draft(now, User, site, Tally.Acquaintance) is not null);
        Mail.Hurry();
        await opened.Task.WaitAsync(cancel);
    }

    public async Task<string[]> SendAsync(DhPublicKey site, string type, IReadOnlyList<byte[]> json)
    {
        if (With(site) is not { Now: State.Open } record)
            throw new HawserException(Reason.Refused, "there is no tally with this peer yet", "call BefriendAsync on both sides");
        var messages = await Mail.SendAsync(record.Id, Encoding.ASCII.GetBytes(type), json);
        return Array.ConvertAll(messages, message => IdOf(message.Series, message.Number));
    }

    public IDisposable On(string type, Func<ReceivedMessage, CancellationToken, Task> handler)
    {
        if (!Note.IsType(Encoding.UTF8.GetBytes(type))) throw new ArgumentException("This is no type of a message.", nameof(type));
        if (!_handlers.TryAdd(type, handler)) throw new InvalidOperationException("This type has a handler.");
        foreach (var tally in Mail.Tallies) _came.Writer.TryWrite(tally.Number);
        return new Registration(() => _handlers.TryRemove(type, out _));
    }

    public SigningKey? KeyOf(in VerifyKey user) => user == User ? _user : null;

    public Card CardOf(in VerifyKey user) => Card.Sign(new() { Genesis = default, User = user, Site = Site, Made = _made }, _user);

    public bool Knows(in VerifyKey partner, in DhPublicKey site) => Knows(site);

    public void CardCame(long channel, DhPublicKey site, Card card)
    {
        if (Knows(site)) Mail.Introduce(User, site);
    }

    public void Offered(TallyRecord record, bool asWished)
    {
        if (asWished || (Knows(record.PartnerSite) && record.Terms == Tally.Acquaintance)) _ = Mail.TellAsync((desk, now) => desk.Accept(now, record.Id));
    }

    public void Changed(TallyRecord record)
    {
        if (record.Now is State.Open) _opened.GetOrAdd(record.PartnerSite, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        else if (!record.IsAlive && _opened.TryGetValue(record.PartnerSite, out var opened) && opened.Task.IsCompleted && With(record.PartnerSite) is not { Now: State.Open })
            _opened.TryRemove(new(record.PartnerSite, opened)); // it was, and is no more; who waits goes on waiting
    }

    public void Kept(IReadOnlyList<BookedMessage> messages)
    {
        var last = -1L;
        foreach (var message in messages)
        {
            if (message.Outgoing || message.Tally == last) continue;
            _came.Writer.TryWrite(last = message.Tally);
        }
    }

    public void Delivered(long tally, ulong series, ulong first, ulong last)
    {
        if (MessageDelivered is not { } tell) return;
        for (var number = first; number <= last; number++) tell(IdOf(series, number));
    }

    public bool IsBlocked(TallyRecord record) => false;

    public Task DialAsync(DhPublicKey site, CancellationToken cancel) =>
        _known.GetValueOrDefault(site) is { } address ? _dial(address, site, cancel) : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _came.Writer.TryComplete();
        await Mail.DisposeAsync();
        await _handling;
        _stopping.Dispose();
    }

    private TallyRecord? With(DhPublicKey site) => Mail.Tallies.Select(t => t.Record).LastOrDefault(r => r.IsAlive && r.PartnerSite == site);

    // One after the other in the order of arrival; a message counts as handled when its handler has returned.
    private async Task HandleAsync()
    {
        try
        {
            await foreach (var number in _came.Reader.ReadAllAsync(_stopping.Token))
            {
                if (_handlers.IsEmpty) continue;
                while (_book.Unread(number, 256) is { Count: > 0 } unread)
                {
                    var key = Mail.Tallies.First(t => t.Number == number).Record.PartnerSite.ToString();
                    var handled = 0L;
                    foreach (var message in unread)
                    {
                        var type = Encoding.ASCII.GetString(message.Type);
                        if (!_handlers.TryGetValue(type, out var handler)) break;
                        await handler(new(key, IdOf(message.Series, message.Number), type, message.Body, DateTimeOffset.FromUnixTimeMilliseconds(message.Kept)), _stopping.Token);
                        handled = message.Seq;
                    }

                    if (handled > 0) _book.MarkRead(number, handled);
                    if (handled < unread[^1].Seq) break; // the next has no handler yet: it waits for one
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end; what was not handled is handled after the next start.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _log.WorkFailed(e);
        }
    }

    private static string IdOf(ulong series, ulong number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{series:x16}-{number}");

    private sealed class Registration(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
