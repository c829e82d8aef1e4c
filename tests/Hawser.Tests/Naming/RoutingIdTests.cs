using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Naming;

public class RoutingIdTests
{
    private static RoutingId Id(string text)
    {
        Assert.Null(RoutingId.Parse(text, out var id));
        return id;
    }

    [Theory]
    [InlineData("0a9-lljk28n")]
    [InlineData("0a9lljk28n")]
    [InlineData("0A9-LLJK28N")]
    [InlineData("0A9Lljk28n")]
    [InlineData("0-a-9-l-l-j-k-2-8-n")]
    public void People_may_type_an_id_as_they_like(string text)
    {
        Assert.Equal("0a9-lljk28n", Id(text).ToString());
        Assert.Equal(Id("0a9lljk28n"), Id(text));
    }

    [Fact]
    public void What_is_shown_reads_back_and_has_a_check_character()
    {
        var random = new SimRandom(1);
        for (var i = 0; i < 1000; i++)
        {
            RoutingTick.TryFromNumber(random.Next(RoutingTick.Count), out var tick);
            var id = RoutingId.Random(tick, random);
            Assert.Equal(tick, id.Timestamp);
            Assert.Equal(13, id.ToDisplay().Length);
            Assert.Equal(id, Id(id.ToDisplay()));
            Assert.Equal(id, Id(id.ToDisplay().ToUpperInvariant()));
            Assert.True(RoutingId.TryRead(id.ToArray(), out var binary) && binary == id);
            Assert.True(RoutingId.TryParseCanonical(Encoding.ASCII.GetBytes(id.ToString()), out var text) && text == id);
        }
    }

    [Theory]
    [InlineData("", "this has 0")]
    [InlineData("0a9-jj39f7", "this has 9")]
    [InlineData("0a9-jj39f7a-kk", "longer")]
    [InlineData("0a9_jj39f7a", "'_'")]
    [InlineData("0a9-jj39f7ä", "'ä'")]
    [InlineData("0zz-jj39f7a", "no such one")]
    public void A_wrong_id_is_told_why(string text, string why) => Assert.Contains(why, RoutingId.Parse(text, out _)!);

    [Theory, InlineData("0a9jj39f7a"), InlineData("0A9-jj39f7a"), InlineData("0a9-jj39f7A"), InlineData("0a-9jj39f7a"), InlineData("0a9-jj39f7a-k")]
    public void Signed_texts_have_one_form(string text) =>
        Assert.False(RoutingId.TryParseCanonical(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void The_check_character_is_that_of_the_standard()
    {
        // ISO 7064 prints A12425GABC1234002 with check character M for MOD 37,36.
        Assert.Equal('m', (char)CheckCharacter.Of("a12425gabc1234002"u8));
    }

    [Fact]
    public void The_check_character_betrays_every_wrong_one_and_nearly_every_swap()
    {
        var random = new SimRandom(2);
        var (swaps, missed) = (0, 0);
        for (var i = 0; i < 400; i++)
        {
            RoutingTick.TryFromNumber(random.Next(RoutingTick.Count), out var tick);
            var digits = RoutingId.Random(tick, random).ToArray();
            byte[] whole = [.. digits, CheckCharacter.Of(digits)];
            for (var at = 0; at < whole.Length; at++)
            {
                foreach (var digit in Base36.Digits)
                {
                    if (digit == whole[at]) continue;
                    var altered = whole.ToArray();
                    altered[at] = (byte)digit;
                    Assert.NotEqual(altered[^1], CheckCharacter.Of(altered.AsSpan(..^1)));
                }

                if (at == 0 || whole[at] == whole[at - 1]) continue;
                var swapped = whole.ToArray();
                (swapped[at], swapped[at - 1]) = (swapped[at - 1], swapped[at]);
                swaps++;
                if (swapped[^1] == CheckCharacter.Of(swapped.AsSpan(..^1))) missed++;
            }
        }

        Assert.InRange(missed / (double)swaps, 0, 0.03); // 1 in 36 would be a check that knows nothing of order
    }

    [Fact]
    public void A_hash_prints_least_significant_digit_first()
    {
        var text = Base36.OfHash(Sha256.Hash("abc"u8));
        Assert.Equal("13sa5tv3mk9dphwusxw1rptmhnu1cxxkonsan8lm9akfoo7bn4", text);
        Assert.True(RoutingTick.TryParse("0a9"u8, out var tick));
        Assert.Equal("0a9-13sa5tv", RoutingId.Of(tick, text).ToString());
    }
}
