using Hawser.Net;
using Hawser.Net.Names;
using Xunit;

namespace Hawser.Tests.Net;

public class NamesTests
{
    private const string Key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    [Theory]
    [InlineData("0a9lljk28n"), InlineData("0A9-Lljk28n"), InlineData("0a9-lljk28n")]
    public void An_id_is_read_in_any_case_with_or_without_its_hyphen(string text) =>
        Assert.Equal("0a9lljk28n", Assert.IsType<PeerReference.ById>(PeerReference.Parse(text)).Id);

    [Fact]
    public void A_check_character_catches_every_wrong_character()
    {
        var shown = IdText.Show("0a9lljk28n");
        Assert.True(IdText.TryParse(shown, out _));
        foreach (var i in Enumerable.Range(0, shown.Length).Where(i => shown[i] != '-'))
            foreach (var digit in Hawser.Wire.Base36.Digits.Where(digit => digit != shown[i]))
                Assert.False(IdText.TryParse(shown[..i] + digit + shown[(i + 1)..], out _));
    }

    [Fact]
    public void Every_form_of_a_peer_takes_a_service()
    {
        Assert.Equal("ssh", PeerReference.Parse("pi/ssh").Service);
        Assert.Equal("ssh", PeerReference.Parse("0a9-lljk28n/ssh").Service);
        var at = Assert.IsType<PeerReference.ByAddress>(PeerReference.Parse($"[2001:db8::7]:65430#{Key}/ssh"));
        Assert.Equal(("2001:db8::7", (ushort)65430, Key, "ssh"), (at.Host, at.Port, at.Key.ToString(), at.Service));
        var link = Assert.IsType<PeerReference.ByLink>(PeerReference.Parse($"hawser:peer/{Key}/ssh?at=192.0.2.7:1"));
        Assert.Equal(("ssh", Key, "192.0.2.7:1"), (link.Service, link.Link.Body, link.Link.First("at")));
    }

    [Theory]
    [InlineData(""), InlineData("-pi"), InlineData("pi/"), InlineData("pi/SSH"), InlineData("192.0.2.7:1#short"), InlineData("192.0.2.7#" + Key)]
    [InlineData("::1:80#" + Key), InlineData("hawser:"), InlineData("hawser:peer"), InlineData("a b"), InlineData("0a9-lljk28n-0")]
    public void What_names_no_peer_is_refused_with_a_sentence(string text) =>
        Assert.Equal(Reason.Usage, Assert.Throws<HawserException>(() => PeerReference.Parse(text)).Reason);

    [Theory]
    [InlineData("tcp:127.0.0.1:22"), InlineData("tcp:[::1]:22"), InlineData("udp:example.org:53"), InlineData("unix:/run/x.sock"), InlineData("stdio")]
    public void A_target_is_written_as_it_is_read(string text) => Assert.Equal(text, ServiceTarget.Parse(text).ToString());

    [Theory]
    [InlineData("tcp:22"), InlineData("tcp:h:0"), InlineData("tcp:h:70000"), InlineData("unix:x"), InlineData("http://x"), InlineData("tcp:::1:22"), InlineData("")]
    public void What_is_no_target_is_refused(string text) => Assert.Throws<HawserException>(() => ServiceTarget.Parse(text));

    [Theory, InlineData("contacts"), InlineData("anyone"), InlineData("pi")]
    public void Who_is_written_as_it_is_read(string text) => Assert.Equal(text, Audience.Parse(text).ToString());

    [Fact]
    public void Who_names_no_service() => Assert.Throws<HawserException>(() => Audience.Parse("pi/ssh"));

    [Theory]
    [InlineData("0a9lljk28n", "0a9lljk28m", true), InlineData("0a9lljk28n", "0a9lljk82n", true), InlineData("laptop", "laptp", true)]
    [InlineData("laptop", "lapttop", true), InlineData("laptop", "laptop", false), InlineData("laptop", "latpo", false), InlineData("pi", "attic", false)]
    public void Near_is_one_slip(string a, string b, bool near) => Assert.Equal((near, near), (IdText.IsNear(a, b), IdText.IsNear(b, a)));

    [Fact]
    public void A_link_is_written_as_it_is_read()
    {
        var text = $"hawser:peer/{Key}?name=caf%C3%A9%20x&hub=[2001:db8::7]:1%23{Key}";
        Assert.True(HawserLink.TryParse(text, out var link));
        Assert.Equal("café x", link.First("name"));
        Assert.Equal(text, link.ToString());
    }
}
