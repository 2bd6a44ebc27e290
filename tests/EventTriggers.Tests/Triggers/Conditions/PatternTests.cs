using System.Text;

namespace EventTriggers.Tests.Triggers.Conditions;

/// <summary>What each operator matches, case by case.</summary>
public sealed class PatternTests
{
    [Theory]

    // Values: one of those listed.
    [InlineData("""{"a":["x","y"]}""", """{"a":"y"}""", true)]
    [InlineData("""{"a":["x","y"]}""", """{"a":"z"}""", false)]
    [InlineData("""{"a":["x"]}""", """{"a":"X"}""", false)]
    [InlineData("""{"a":["x"]}""", """{"b":"x"}""", false)]
    [InlineData("""{"a":["x"]}""", """{"A":"x"}""", false)]
    [InlineData("""{"a":["x"]}""", """{}""", false)]
    [InlineData("""{"a":["x"],"b":["y"]}""", """{"b":"y","a":"x"}""", true)]
    [InlineData("""{"a":["x"],"b":["y"]}""", """{"a":"x"}""", false)]
    [InlineData("""{"a":[""]}""", """{"a":""}""", true)]
    [InlineData("""{"a":[""]}""", """{"a":null}""", false)]
    [InlineData("""{"a":[true]}""", """{"a":true}""", true)]
    [InlineData("""{"a":[true]}""", """{"a":"true"}""", false)]
    [InlineData("""{"a":[false]}""", """{"a":true}""", false)]
    [InlineData("""{"a":[null]}""", """{"a":null}""", true)]
    [InlineData("""{"a":[null]}""", """{}""", false)]
    [InlineData("""{"a":[{"exactly":"x"}]}""", """{"a":"x"}""", true)]

    // Numbers, however they are written.
    [InlineData("""{"a":[1]}""", """{"a":1}""", true)]
    [InlineData("""{"a":[1]}""", """{"a":1.0}""", true)]
    [InlineData("""{"a":[1]}""", """{"a":1e0}""", true)]
    [InlineData("""{"a":[1e2]}""", """{"a":100.00}""", true)]
    [InlineData("""{"a":[-0]}""", """{"a":0.0}""", true)]
    [InlineData("""{"a":[1]}""", """{"a":"1"}""", false)]
    [InlineData("""{"a":["1"]}""", """{"a":1}""", false)]
    [InlineData("""{"a":[9007199254740993]}""", """{"a":9007199254740993}""", true)]
    [InlineData("""{"a":[9007199254740993]}""", """{"a":9007199254740992}""", false)]
    [InlineData("""{"a":[0.1]}""", """{"a":0.10000000000000001}""", false)]
    [InlineData("""{"a":[{"numeric":[">",1]}]}""", """{"a":1e300}""", true)]
    [InlineData("""{"a":[{"numeric":["<",1]}]}""", """{"a":-1e300}""", true)]

    // Numeric ranges.
    [InlineData("""{"a":[{"numeric":["=",3.018e2]}]}""", """{"a":301.8}""", true)]
    [InlineData("""{"a":[{"numeric":[">",0,"<=",5]}]}""", """{"a":5}""", true)]
    [InlineData("""{"a":[{"numeric":[">",0,"<=",5]}]}""", """{"a":0}""", false)]
    [InlineData("""{"a":[{"numeric":[">",0,"<=",5]}]}""", """{"a":5.0001}""", false)]
    [InlineData("""{"a":[{"numeric":[">=",0,"<",5]}]}""", """{"a":0}""", true)]
    [InlineData("""{"a":[{"numeric":[">=",0,"<",5]}]}""", """{"a":5}""", false)]
    [InlineData("""{"a":[{"numeric":[">=",5,"<=",5]}]}""", """{"a":5}""", true)]
    [InlineData("""{"a":[{"numeric":["<",10]}]}""", """{"a":-1e20}""", true)]
    [InlineData("""{"a":[{"numeric":["<",10]}]}""", """{"a":"5"}""", false)]
    [InlineData("""{"a":[{"numeric":[">",10]},3]}""", """{"a":3}""", true)]

    // Prefixes and suffixes.
    [InlineData("""{"a":[{"prefix":"refs/heads/"}]}""", """{"a":"refs/heads/main"}""", true)]
    [InlineData("""{"a":[{"prefix":"refs/heads/"}]}""", """{"a":"refs/heads/"}""", true)]
    [InlineData("""{"a":[{"prefix":"refs/heads/"}]}""", """{"a":"refs/head"}""", false)]
    [InlineData("""{"a":[{"prefix":"1"}]}""", """{"a":12}""", false)]
    [InlineData("""{"a":[{"prefix":""}]}""", """{"a":"x"}""", true)]
    [InlineData("""{"a":[{"prefix":""}]}""", """{"a":null}""", false)]
    [InlineData("""{"a":[{"suffix":".png"}]}""", """{"a":"x.png"}""", true)]
    [InlineData("""{"a":[{"suffix":".png"}]}""", """{"a":"x.png "}""", false)]
    [InlineData("""{"a":[{"suffix":".png"}]}""", """{"a":".png"}""", true)]
    [InlineData("""{"a":[{"prefix":{"equals-ignore-case":"ReFs"}}]}""", """{"a":"REFS/x"}""", true)]
    [InlineData("""{"a":[{"prefix":{"equals-ignore-case":"ReFs"}}]}""", """{"a":"ref"}""", false)]
    [InlineData("""{"a":[{"suffix":{"equals-ignore-case":".PNG"}}]}""", """{"a":"x.pNg"}""", true)]
    [InlineData("""{"a":[{"equals-ignore-case":"straße Ä"}]}""", """{"a":"STRAßE ä"}""", true)]
    [InlineData("""{"a":[{"equals-ignore-case":"x"}]}""", """{"a":"xx"}""", false)]
    [InlineData("""{"a":[{"equals-ignore-case":"x"}]}""", """{"a":1}""", false)]

    // Wildcards.
    [InlineData("""{"a":[{"wildcard":"a*b"}]}""", """{"a":"ab"}""", true)]
    [InlineData("""{"a":[{"wildcard":"a*b"}]}""", """{"a":"axxb"}""", true)]
    [InlineData("""{"a":[{"wildcard":"a*b"}]}""", """{"a":"axxbc"}""", false)]
    [InlineData("""{"a":[{"wildcard":"a*a"}]}""", """{"a":"a"}""", false)]
    [InlineData("""{"a":[{"wildcard":"*"}]}""", """{"a":""}""", true)]
    [InlineData("""{"a":[{"wildcard":"*"}]}""", """{"a":1}""", false)]
    [InlineData("""{"a":[{"wildcard":"*b*"}]}""", """{"a":"abc"}""", true)]
    [InlineData("""{"a":[{"wildcard":"*ab*ab*"}]}""", """{"a":"aabab"}""", true)]
    [InlineData("""{"a":[{"wildcard":"*ab*ab*"}]}""", """{"a":"aaba"}""", false)]
    [InlineData("""{"a":[{"wildcard":"x"}]}""", """{"a":"x"}""", true)]
    [InlineData("""{"a":[{"wildcard":"x"}]}""", """{"a":"xy"}""", false)]
    [InlineData("""{"a":[{"wildcard":"a\\*b"}]}""", """{"a":"a*b"}""", true)]
    [InlineData("""{"a":[{"wildcard":"a\\*b"}]}""", """{"a":"axb"}""", false)]
    [InlineData("""{"a":[{"wildcard":"a\\\\*"}]}""", """{"a":"a\\x"}""", true)]
    [InlineData("""{"a":[{"wildcard":"\\**"}]}""", """{"a":"*x"}""", true)]

    // Anything but.
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":"y"}""", true)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":"x"}""", false)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":1}""", true)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":null}""", true)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{}""", false)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":[]}""", false)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":["x","y"]}""", true)]
    [InlineData("""{"a":[{"anything-but":["x","y"]}]}""", """{"a":"y"}""", false)]
    [InlineData("""{"a":[{"anything-but":5}]}""", """{"a":5.0}""", false)]
    [InlineData("""{"a":[{"anything-but":5}]}""", """{"a":"5"}""", true)]
    [InlineData("""{"a":[{"anything-but":[5,6]}]}""", """{"a":7}""", true)]
    [InlineData("""{"a":[{"anything-but":{"prefix":"x"}}]}""", """{"a":"xy"}""", false)]
    [InlineData("""{"a":[{"anything-but":{"prefix":"x"}}]}""", """{"a":"yx"}""", true)]
    [InlineData("""{"a":[{"anything-but":{"prefix":["x","y"]}}]}""", """{"a":"yx"}""", false)]
    [InlineData("""{"a":[{"anything-but":{"suffix":"x"}}]}""", """{"a":"yx"}""", false)]
    [InlineData("""{"a":[{"anything-but":{"suffix":["x","z"]}}]}""", """{"a":"zy"}""", true)]
    [InlineData("""{"a":[{"anything-but":{"equals-ignore-case":"x"}}]}""", """{"a":"X"}""", false)]
    [InlineData("""{"a":[{"anything-but":{"equals-ignore-case":["x","y"]}}]}""", """{"a":"z"}""", true)]
    [InlineData("""{"a":[{"anything-but":{"wildcard":"*x*"}}]}""", """{"a":"yxy"}""", false)]
    [InlineData("""{"a":[{"anything-but":{"wildcard":["x*","*y"]}}]}""", """{"a":"zz"}""", true)]

    // Existence: of values, not of objects.
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":null}""", true)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":{"b":1}}""", false)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":[]}""", false)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":[[1]]}""", true)]
    [InlineData("""{"a":[{"exists":false}]}""", """{}""", true)]
    [InlineData("""{"a":[{"exists":false}]}""", """{"a":null}""", false)]
    [InlineData("""{"a":[{"exists":false}]}""", """{"a":{"b":1}}""", true)]
    [InlineData("""{"a":[{"exists":false}]}""", """{"a":[]}""", true)]
    [InlineData("""{"a":{"b":[{"exists":false}]}}""", """{"a":3}""", true)]
    [InlineData("""{"a":["x",{"exists":false}]}""", """{"a":"x"}""", true)]
    [InlineData("""{"a":["x",{"exists":false}]}""", """{"a":"y"}""", false)]
    [InlineData("""{"a":["x",{"exists":false}]}""", """{"b":"y"}""", true)]
    [InlineData("""{"a":{"b":[{"exists":false}]}}""", """{"a":[{"b":1},{"c":1}]}""", false)]
    [InlineData("""{"a":{"b":[{"exists":false}],"c":[1]}}""", """{"a":[{"b":1},{"c":1}]}""", true)]
    [InlineData("""{"a":{"b":[{"exists":false}],"c":[1]}}""", """{"a":[{"b":1,"c":1},{"d":1}]}""", false)]

    // Addresses.
    [InlineData("""{"a":[{"cidr":"10.0.0.0/24"}]}""", """{"a":"10.0.0.255"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/24"}]}""", """{"a":"10.0.1.0"}""", false)]
    [InlineData("""{"a":[{"cidr":"10.0.0.77/24"}]}""", """{"a":"10.0.0.1"}""", true)]
    [InlineData("""{"a":[{"cidr":"0.0.0.0/0"}]}""", """{"a":"255.255.255.255"}""", true)]
    [InlineData("""{"a":[{"cidr":"0.0.0.0/0"}]}""", """{"a":"::1"}""", false)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/8"}]}""", """{"a":"10.1"}""", false)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/8"}]}""", """{"a":"10.0.0.010"}""", false)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/8"}]}""", """{"a":"ten"}""", false)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/8"}]}""", """{"a":10}""", false)]
    [InlineData("""{"a":[{"cidr":"2001:db8::/32"}]}""", """{"a":"2001:0DB8:1::2"}""", true)]
    [InlineData("""{"a":[{"cidr":"2001:db8::/32"}]}""", """{"a":"2001:db9::"}""", false)]
    [InlineData("""{"a":[{"cidr":"::/0"}]}""", """{"a":"[::1]"}""", false)]
    [InlineData("""{"a":[{"cidr":"fe80::1/128"}]}""", """{"a":"fe80::1"}""", true)]

    // IPv4 in the form of IPv6 is IPv4; one address is a network.
    [InlineData("""{"a":[{"cidr":"10.0.0.0/8"}]}""", """{"a":"::ffff:10.0.0.1"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/8"}]}""", """{"a":"::ffff:11.0.0.1"}""", false)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/8"}]}""", """{"a":"::10.0.0.1"}""", false)]
    [InlineData("""{"a":[{"cidr":"::ffff:0:0/96"}]}""", """{"a":"10.0.0.1"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.1/32"}]}""", """{"a":"10.0.0.1"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.1/32"}]}""", """{"a":"10.0.0.2"}""", false)]

    // Alternatives.
    [InlineData("""{"$or":[{"a":["x"]},{"b":["y"]}]}""", """{"b":"y"}""", true)]
    [InlineData("""{"$or":[{"a":["x"]},{"b":["y"]}]}""", """{"a":"y","b":"x"}""", false)]
    [InlineData("""{"c":[1],"$or":[{"a":["x"]},{"b":["y"]}]}""", """{"b":"y"}""", false)]
    [InlineData("""{"c":{"$or":[{"a":["x"]},{"b":["y"]}]}}""", """{"c":{"b":"y"}}""", true)]
    [InlineData("""{"$or":[{"a":["x"],"b":["y"]},{"$or":[{"c":[1]},{"c":[2]}]}]}""", """{"c":2}""", true)]
    [InlineData("""{"$or":[{"a":["x"],"b":["y"]},{"c":[2]}]}""", """{"a":"x"}""", false)]
    [InlineData("""{"a":[{"prefix":"x"}],"$or":[{"a":[{"suffix":"y"}]},{"b":[1]}]}""", """{"a":"xy"}""", true)]
    [InlineData("""{"a":[{"prefix":"x"}],"$or":[{"a":[{"suffix":"y"}]},{"b":[1]}]}""", """{"a":"zy"}""", false)]

    // Alternatives beside the same field: both hold. Of objects in an array it is one that satisfies both, of values each its own.
    [InlineData("""{"a":{"b":[1]},"$or":[{"a":{"c":[2]}},{"z":[1]}]}""", """{"a":[{"b":1},{"c":2}]}""", false)]
    [InlineData("""{"a":{"b":[1]},"$or":[{"a":{"c":[2]}},{"z":[1]}]}""", """{"a":[{"b":1},{"b":1,"c":2}]}""", true)]
    [InlineData("""{"a":{"b":[1]},"$or":[{"a":{"c":[2]}},{"z":[1]}]}""", """{"a":[{"b":1}],"z":1}""", true)]
    [InlineData("""{"a":["x"],"$or":[{"a":["y"]},{"b":[1]}]}""", """{"a":["x","y"]}""", true)]
    [InlineData("""{"a":["x"],"$or":[{"a":["y"]},{"b":[1]}]}""", """{"a":["x"]}""", false)]
    [InlineData("""{"a":{"b":[1]},"$or":[{"a":{"b":[2]}},{"z":[1]}]}""", """{"a":[{"b":1},{"b":2}]}""", false)]
    [InlineData("""{"a":{"b":[1]},"$or":[{"a":{"b":[2]}},{"z":[1]}]}""", """{"a":[{"b":[1,2]}]}""", true)]

    // Arrays: one of the elements; several fields of one element.
    [InlineData("""{"a":["x"]}""", """{"a":["y","x"]}""", true)]
    [InlineData("""{"a":["x"]}""", """{"a":[["y"],["z",["x"]]]}""", true)]
    [InlineData("""{"a":["x"]}""", """{"a":[]}""", false)]
    [InlineData("""{"a":{"b":["x"]}}""", """{"a":[{"b":"y"},{"b":["z","x"]}]}""", true)]
    [InlineData("""{"a":{"b":["x"],"c":["y"]}}""", """{"a":[{"b":"x","c":"n"},{"b":"n","c":"y"}]}""", false)]
    [InlineData("""{"a":{"b":["x"],"c":["y"]}}""", """{"a":[{"b":"x","c":"n"},{"b":"x","c":"y"}]}""", true)]
    [InlineData("""{"a":{"b":["x"],"c":["y"]}}""", """{"a":[[{"b":"x"},{"c":"y"}],[{"b":"x","c":"y"}]]}""", true)]
    [InlineData("""{"a":{"b":["x"],"c":["y"]}}""", """{"a":[[{"b":"x"}],[{"c":"y"}]]}""", false)]
    [InlineData("""{"a":{"b":{"d":["x"]},"c":{"d":["y"]}}}""", """{"a":[{"b":[{"d":"n"},{"d":"x"}],"c":[{"d":"y"}]}]}""", true)]
    [InlineData("""{"a":{"b":{"d":["x"]},"c":{"d":["y"]}}}""", """{"a":[{"b":{"d":"x"}},{"c":{"d":"y"}}]}""", false)]
    [InlineData("""{"a":{"b":["x"],"c":["y"]}}""", """{"a":{"b":["n","x"],"c":["y","n"]}}""", true)]
    [InlineData("""{"a":["s"],"$or":[{"a":{"b":[1]}},{"z":[1]}]}""", """{"a":["s",{"b":1}]}""", true)]

    // Names that are there twice: the last counts.
    [InlineData("""{"a":["x"]}""", """{"a":"x","a":"y"}""", false)]
    [InlineData("""{"a":["y"]}""", """{"a":"x","a":"y"}""", true)]
    [InlineData("""{"a":["y"]}""", """{"a":"x","\u0061":"y"}""", true)]
    [InlineData("""{"a":{"b":[1],"c":[2]}}""", """{"a":{"b":1},"a":{"c":2}}""", false)]
    [InlineData("""{"a":{"b":[1],"c":[2]}}""", """{"a":{"b":2,"c":2},"a":{"b":1,"c":2}}""", true)]
    [InlineData("""{"a":{"b":[1],"c":[2]}}""", """{"a":[{"b":1,"c":2}],"a":{"c":2}}""", false)]
    [InlineData("""{"a":{"b":[{"exists":false}]}}""", """{"a":{"b":1},"a":{"c":2}}""", true)]
    [InlineData("""{"a":{"b":[1]}}""", """{"a":{"b":1},"a":"x"}""", false)]
    [InlineData("""{"a":["x"]}""", """{"a":"x","a":{"b":1}}""", false)]

    // What is no Unicode equals nothing, and is there.
    [InlineData("""{"a":["x"]}""", """{"a":"x\ud800"}""", false)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":"x\ud800"}""", true)]
    [InlineData("""{"a":[{"exists":false}]}""", """{"a":"x\ud800"}""", false)]
    [InlineData("""{"a":[{"prefix":"x"}]}""", """{"a":"x\ud800"}""", false)]
    [InlineData("""{"a":[{"suffix":"x"}]}""", """{"a":"\udc00x"}""", false)]
    [InlineData("""{"a":[{"prefix":{"equals-ignore-case":"x"}}]}""", """{"a":"x\ud83d"}""", false)]
    [InlineData("""{"a":[{"suffix":{"equals-ignore-case":"x"}}]}""", """{"a":"\udc00\ud83dx"}""", false)]
    [InlineData("""{"a":[{"equals-ignore-case":"x"}]}""", """{"a":"x\ud83d"}""", false)]
    [InlineData("""{"a":[{"wildcard":"*x*"}]}""", """{"a":"x\ud83d\u0041"}""", false)]
    [InlineData("""{"a":[{"wildcard":"*"}]}""", """{"a":"\ud83d"}""", false)]
    [InlineData("""{"a":["\ufffd"]}""", """{"a":"\ud83d"}""", false)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":"x\ud83d"}""", true)]
    [InlineData("""{"a":[{"anything-but":{"prefix":"x"}}]}""", """{"a":"x\ud83d"}""", true)]
    [InlineData("""{"a":[{"anything-but":{"wildcard":"*"}}]}""", """{"a":"\ud83d"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/8"}]}""", """{"a":"10.0.0.1\ud83d"}""", false)]
    [InlineData("""{"a":["x"]}""", """{"a":["\ud83d","x"]}""", true)]
    [InlineData("""{"a":["x"]}""", """{"\ud83d":1,"a":"x","b\udc00":"\ud83d"}""", true)]
    [InlineData("""{"a":{"b":[1]}}""", """{"a":{"\ud83d":1,"b":1}}""", true)]
    [InlineData("""{"a":["\\ud800"]}""", """{"a":"\\ud800"}""", true)]
    [InlineData("""{"a":["😀x"]}""", """{"a":"\ud83d\ude00x"}""", true)]

    // Escapes, other scripts, and names of every kind.
    [InlineData("""{"a":["\u00e9\n"]}""", """{"a":"é\n"}""", true)]
    [InlineData("""{"a":["x/y"]}""", """{"a":"x\/y"}""", true)]
    [InlineData("""{"\u0061":["x"]}""", """{"\u0061":"x"}""", true)]
    [InlineData("""{"a":["x"]}""", """{"\u0061":"\u0078"}""", true)]
    [InlineData("""{"a":["😀"]}""", """{"a":"\ud83d\ude00"}""", true)]
    [InlineData("""{"a":[{"prefix":"\"q"}]}""", """{"a":"\"quoted\""}""", true)]
    [InlineData("""{"a":["日本"]}""", """{"a":"日本"}""", true)]
    [InlineData("""{"a.b":["x"]}""", """{"a":{"b":"x"}}""", false)]
    [InlineData("""{"a.b":["x"]}""", """{"a.b":"x"}""", true)]
    [InlineData("""{"":["x"]}""", """{"":"x"}""", true)]

    // Objects only.
    [InlineData("""{"a":[{"exists":false}]}""", """["a"]""", false)]
    [InlineData("""{"a":["x"]}""", "\"x\"", false)]
    [InlineData("""{"a":["x"]}""", "null", false)]
    public void IsMatch_TellsWhetherAnEventMatches(string pattern, string json, bool expected)
    {
        EventPattern.Parse(pattern).IsMatch(Encoding.UTF8.GetBytes(json)).Should().Be(expected);
        Naive.IsMatch(pattern, json).Should().Be(expected, "the table and the independent reading agree");
    }

    [Theory]
    [InlineData("""[]""", "$: a pattern must be an object")]
    [InlineData("""{""", "must be JSON")]
    [InlineData("""{}""", "$: an object must name at least one field")]
    [InlineData("""{"a":{}}""", "$.a: an object must name at least one field")]
    [InlineData("""{"a":"x"}""", "$.a: a field must be an array of values or an object of further fields, but is \"x\"")]
    [InlineData("""{"a":[]}""", "$.a: the array of values must not be empty")]
    [InlineData("""{"a":[["x"]]}""", "$.a[0]: a value must be")]
    [InlineData("""{"a":["x"],"a":["y"]}""", "$.a: the object has this name twice")]
    [InlineData("""{"a":[{"like":"x"}]}""", "$.a[0].like: there is no operator 'like'")]
    [InlineData("""{"a":[{}]}""", "$.a[0]: an object among values must have exactly one of")]
    [InlineData("""{"a":[{"prefix":"x","suffix":"y"}]}""", "$.a[0]: an object among values must have exactly one of")]
    [InlineData("""{"a":["x",{"prefix":1}]}""", "$.a[1].prefix: it must be a string, but is 1")]
    [InlineData("""{"a":[{"prefix":{"wildcard":"x"}}]}""", "$.a[0].prefix: it must be a string, or an object with equals-ignore-case")]
    [InlineData("""{"a":[{"wildcard":"a**b"}]}""", "$.a[0].wildcard: two wildcards")]
    [InlineData("""{"a":[{"wildcard":"a\\b"}]}""", "$.a[0].wildcard: a backslash")]
    [InlineData("""{"a":[{"wildcard":"a\\"}]}""", "$.a[0].wildcard: a backslash")]
    [InlineData("""{"a":[{"anything-but":[]}]}""", "$.a[0].anything-but: the array of values must not be empty")]
    [InlineData("""{"a":[{"anything-but":["x",1]}]}""", "$.a[0].anything-but: it must be strings or numbers, and not both")]
    [InlineData("""{"a":[{"anything-but":true}]}""", "$.a[0].anything-but: it must be strings or numbers")]
    [InlineData("""{"a":[{"anything-but":{"prefix":""}}]}""", "$.a[0].anything-but.prefix: it must not be empty")]
    [InlineData("""{"a":[{"anything-but":{"numeric":["=",1]}}]}""", "$.a[0].anything-but.numeric: anything-but takes")]
    [InlineData("""{"a":[{"numeric":[]}]}""", "$.a[0].numeric: it must be")]
    [InlineData("""{"a":[{"numeric":["<",1,">",0]}]}""", "$.a[0].numeric: it must be")]
    [InlineData("""{"a":[{"numeric":[">",5,"<",5]}]}""", "$.a[0].numeric: no number is above 5 and below 5")]
    [InlineData("""{"a":[{"numeric":["=","1"]}]}""", "$.a[0].numeric[1]: it must be a number")]
    [InlineData("""{"a":[1e40]}""", "$.a[0]: it must be a number between")]
    [InlineData("""{"a":[{"exists":"yes"}]}""", "$.a[0].exists: it must be true or false")]
    [InlineData("""{"a":[{"cidr":"10.0.0.0"}]}""", "$.a[0].cidr: it must be a network")]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/33"}]}""", "$.a[0].cidr: it must be a network")]
    [InlineData("""{"a":[{"cidr":"10.0/8"}]}""", "$.a[0].cidr: it must be a network")]
    [InlineData("""{"$or":{"a":["x"]}}""", "$.$or: it must be an array of at least two objects")]
    [InlineData("""{"$or":[{"a":["x"]}]}""", "$.$or: it must be an array of at least two objects")]
    [InlineData("""{"b":{"$or":[{"a":["x"]},["x"]]}}""", "$.b.$or[1]: it must be an object")]
    public void Parse_OfWhatIsNoPattern_SaysWhereAndWhy(string pattern, string problem)
    {
        var parse = () => EventPattern.Parse(pattern);

        parse.Should().Throw<ArgumentException>()
            .WithMessage($"*{problem.Replace("[", "?", StringComparison.Ordinal).Replace("$", "?", StringComparison.Ordinal)}*");
    }

    [Fact]
    public void Parse_OfTooMuch_IsRefused()
    {
        var either = string.Join(',', Enumerable.Range(0, 11).Select(static n => $$"""{"a":[{{n}}]}"""));
        var combined = () => EventPattern.Parse(
            $$$"""{"x":{"$or":[{{{either}}}]},"y":{"$or":[{{{either}}}]},"z":{"$or":[{{{either}}}]}}""");
        var large = () => EventPattern.Parse($$"""{"a":["{{new string('x', EventPattern.MaxBytes)}}"]}""");

        combined.Should().Throw<ArgumentException>().WithMessage("*$.z: alternatives may form at most 1000 combinations, but form 1331*");
        large.Should().Throw<ArgumentException>().WithMessage($"*at most {EventPattern.MaxBytes} bytes*");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("""{"x":1}garbage""")]
    [InlineData("""{"x":1}{"x":1}""")]
    [InlineData("""{"x":1},""")]
    [InlineData("""["x"]]""")]
    [InlineData("""1 2""")]
    public void IsMatch_OfWhatIsNotOneJsonValue_Throws(string json)
    {
        var pattern = EventPattern.Parse("""{"x":[1]}""");

        FluentActions.Invoking(() => pattern.IsMatch(Encoding.UTF8.GetBytes(json))).Should().Throw<System.Text.Json.JsonException>();
    }

    // A producer's bytes, as no serializer writes them.
    [Theory]
    [InlineData("""{"a":["x"]}""", false)]
    [InlineData("""{"a":[{"prefix":"x"}]}""", false)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", true)]
    [InlineData("""{"a":[{"exists":true}]}""", true)]
    public void IsMatch_OfBytesThatAreNoUtf8_TakesThemForNothing(string pattern, bool expected) =>
        EventPattern.Parse(pattern).IsMatch([.. """{"a":"x"""u8, 0xff, .. "\"}"u8]).Should().Be(expected);

    [Fact]
    public void Parse_OfWhatIsNoUnicode_IsRefused()
    {
        FluentActions.Invoking(() => EventPattern.Parse("""{"a":["\ud83d"]}""")).Should().Throw<ArgumentException>()
            .WithMessage("*must be Unicode*");
        FluentActions.Invoking(() => EventPattern.Parse("{\"a\":[\"\ud83d\"]}")).Should().Throw<ArgumentException>()
            .WithMessage("*must be Unicode*");
    }
}
