using System.Net;
using System.Security.Cryptography;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Net.Hubs;
using Hawser.Net.Store;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Net.Hubs;

/// <summary>How a node learns who the admins are now, from admins of whom some are down, behind, or keep it back. Spec: membership.md §5.</summary>
public sealed class EpochFilesTests : IDisposable
{
    private readonly Stub[] _hubs = [.. Enumerable.Range(0, 4).Select(_ => new Stub())];
    private readonly HubClient _http = new();
    private readonly TempHome _folder = new();
    private readonly SigningKey[] _keys;
    private readonly Genesis _genesis;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    public EpochFilesTests()
    {
        var random = new SimRandom(77);
        _keys = [.. Enumerable.Range(0, 4).Select(_ => SigningKey.Generate(random))];
        _genesis = new()
        {
            Name = "test", Origin = Begun, ClockRate = 6_000,
            Founders = new(_keys.Select((key, i) => new Member(Member.FounderId(i), key.Public, DhKeyPair.Generate(random).Public,
                HostPort.Read([192, 0, 2, (byte)(i + 1)], 4_700), _hubs[i].Url, $"Admin {i}"))),
        };
        _folder.Home.Create();
    }

    private static long Begun => Hawser.Tests.Federation.Founders.Origin;

    public void Dispose()
    {
        foreach (var hub in _hubs) hub.Dispose();
        _http.Dispose();
        _folder.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task One_admin_that_keeps_the_news_to_itself_hides_nothing()
    {
        var (first, second) = News();
        _hubs[1].Files.AddRange([first, second]); // 0 says that there are none
        Assert.Equal(2, await LearnAsync());
        Assert.True(_hubs[0].Asked > 0);
        Assert.Equal(0, _hubs[2].Asked + _hubs[3].Asked); // two of four that answer have an honest one among them
    }

    [Fact]
    public async Task Who_is_down_is_passed_over()
    {
        var (first, _) = News();
        _hubs[0].Dispose();
        _hubs[1].Dispose();
        _hubs[3].Files.Add(first);
        Assert.Equal(1, await LearnAsync());
    }

    [Fact]
    public async Task What_too_few_signed_or_nobody_can_read_is_not_kept()
    {
        var (few, _) = News(signers: 2);
        _hubs[0].Files.Add(few);
        _hubs[1].Files.Add("nonsense"u8.ToArray());
        Assert.Equal(0, await LearnAsync());
    }

    [Fact]
    public async Task An_epoch_cannot_be_left_out()
    {
        var (_, second) = News();
        _hubs[0].Files.Add(second); // as if it were the first
        _hubs[1].Files.Add(second);
        Assert.Equal(0, await LearnAsync());
    }

    [Fact]
    public async Task What_was_learned_is_kept_and_asked_for_no_more()
    {
        var (first, second) = News();
        foreach (var hub in _hubs) hub.Files.Add(first);
        using var store = NodeStore.Open(_folder.Home);
        var files = new EpochFiles(_genesis, store);
        Assert.True(await files.FetchAsync(_http, _patience.Token));
        var again = new EpochFiles(_genesis, store); // as after a restart
        Assert.Equal((1, false), (again.Known.Changes, again.IsDamaged));
        Assert.False(await again.FetchAsync(_http, _patience.Token));
        foreach (var hub in _hubs) hub.Files.Add(second);
        Assert.True(await again.FetchAsync(_http, _patience.Token));
        Assert.Equal(2, again.Known.Changes);
    }

    private async Task<int> LearnAsync()
    {
        var epochs = Epochs.Of(_genesis);
        await EpochFiles.FollowAsync(_genesis, epochs, _http, _patience.Token);
        return epochs.Changes;
    }

    // Admin 3 retires at height 5, admin 2 at height 9.
    private (byte[] First, byte[] Second) News(int signers = 3)
    {
        var (all, three) = (_genesis.Founders, new Members(_genesis.Founders.All.Take(3)));
        return (Certificate(5, all, three, signers), Certificate(9, three, new(three.All.Take(2)), signers));
    }

    private byte[] Certificate(uint height, Members members, Members next, int signers)
    {
        _genesis.FirstTick.TryAdd((int)height, out var tick);
        var heads = members.All.Select((member, place) => AgreementMessage.MakeHead(_genesis.Hash, height, member.Id, _keys[place], tick, LogHead.Empty));
        var value = AgreedValue.Of(_genesis.Hash, height, _genesis.Hash, heads, [.. members.All.Select(_ => LogHead.Empty)]);
        var rest = new HeaderRest(_genesis.Hash, value.VectorHash, next.Hash, default, _genesis.Rules);
        var header = new Header(_genesis.Hash, height, value.Tick, default, rest.Hash);
        return new TickCertificate
        {
            Header = header, Rest = rest, Value = value, Next = next,
            Attestations = [.. members.All.Take(signers).Select((member, place) => new Attestation(member.Id, Bytes64.Read(_keys[place].Sign(header.Text))))],
        }.Write(members);
    }

    /// <summary>A web server that has some certificates, and counts who asks.</summary>
    private sealed class Stub : IDisposable
    {
        private readonly HttpListener _listener;
        private int _asked;
        private bool _over;

        public Stub()
        {
            while (true)
            {
                _listener = new();
                Url = $"http://127.0.0.1:{RandomNumberGenerator.GetInt32(20_000, 32_000)}";
                _listener.Prefixes.Add(Url + "/");
                try
                {
                    _listener.Start();
                    break;
                }
                catch (HttpListenerException)
                {
                    _listener.Close(); // somebody has the port
                }
            }

            _ = Task.Run(ServeAsync);
        }

        public string Url { get; }

        public List<byte[]> Files { get; } = [];

        public int Asked => _asked;

        public void Dispose()
        {
            _over = true;
            _listener.Close();
        }

        private async Task ServeAsync()
        {
            try
            {
                while (!_over)
                {
                    var context = await _listener.GetContextAsync();
                    Interlocked.Increment(ref _asked);
                    var number = int.Parse(context.Request.Url!.Segments[^1], System.Globalization.CultureInfo.InvariantCulture);
                    if (number <= Files.Count) await context.Response.OutputStream.WriteAsync(Files[number - 1]);
                    else context.Response.StatusCode = 404;
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // It is down.
            }
        }
    }
}
