/**
 * Names that the planner knows, in English and Korean: places, companies with their tickers, currencies and languages. A table.
 * A name that is not in it is found by its position in the sentence, where that is possible.
 */

/** One thing with all its names; the first is the English one. */
const table = (text: string): ReadonlyArray<ReadonlyArray<string>> =>
  text
    .trim()
    .split(/\s*;\s*/u)
    .map((names) => names.split(","))

/** Cities and countries. */
export const places: ReadonlyArray<ReadonlyArray<string>> = table(
  "Seoul,서울;Busan,부산;Incheon,인천;Daegu,대구;Daejeon,대전;Gwangju,광주;Jeju,제주;Suwon,수원;Ulsan,울산;Gyeongju,경주;" +
    "Tokyo,도쿄,동경;Osaka,오사카;Kyoto,교토;Beijing,베이징,북경;Shanghai,상하이,상해;Hong Kong,홍콩;Taipei,타이베이;Singapore,싱가포르;" +
    "Bangkok,방콕;Hanoi,하노이;Mumbai,뭄바이;Delhi,델리;Dubai,두바이;Istanbul,이스탄불;Paris,파리;London,런던;Berlin,베를린;" +
    "Munich,뮌헨;Hamburg,함부르크;Rome,로마;Milan,밀라노;Madrid,마드리드;Barcelona,바르셀로나;Lisbon,리스본;Porto,포르투;" +
    "Vienna;Zurich,취리히;Geneva,제네바;Amsterdam,암스테르담;Brussels,브뤼셀;Copenhagen,코펜하겐;Oslo,오슬로;" +
    "Stockholm,스톡홀름;Helsinki,헬싱키;Dublin,더블린;Prague,프라하;Warsaw,바르샤바;Budapest,부다페스트;Athens,아테네;" +
    "Moscow,모스크바;Cairo,카이로;Nairobi,나이로비;Cape Town,케이프타운;New York,뉴욕;Los Angeles,로스앤젤레스,LA;Chicago,시카고;" +
    "San Francisco,샌프란시스코;Seattle,시애틀;Boston,보스턴;Miami,마이애미;Austin,오스틴;Denver,덴버;Washington,워싱턴;" +
    "Toronto,토론토;Vancouver,밴쿠버;Montreal,몬트리올;Mexico City,멕시코시티;São Paulo,상파울루,Sao Paulo;" +
    "Rio de Janeiro,리우데자네이루;Buenos Aires,부에노스아이레스;Lima,리마;Santiago,산티아고;Sydney,시드니;Melbourne,멜버른;" +
    "Auckland,오클랜드;South Korea,한국,대한민국;Japan,일본;China,중국;France,프랑스;Germany,독일;Italy,이탈리아;Spain,스페인;" +
    "Portugal,포르투갈;United Kingdom,영국,UK;United States,미국,USA;Canada,캐나다;Brazil,브라질;India,인도;Australia,호주;" +
    "Norway,노르웨이;Sweden,스웨덴;Switzerland,스위스"
)

/** Tickers, each with the names of its company. */
export const companies: ReadonlyArray<ReadonlyArray<string>> = table(
  "AAPL,Apple,애플;MSFT,Microsoft,마이크로소프트;GOOGL,Google,Alphabet,구글,알파벳;AMZN,Amazon,아마존;TSLA,Tesla,테슬라;" +
    "NVDA,Nvidia,엔비디아;META,Meta,Facebook,메타;NFLX,Netflix,넷플릭스;INTC,Intel,인텔;AMD,AMD;IBM,IBM;ORCL,Oracle,오라클;" +
    "005930.KS,Samsung Electronics,Samsung,삼성전자,삼성;000660.KS,SK hynix,SK하이닉스,하이닉스;035420.KS,Naver,네이버;" +
    "035720.KS,Kakao,카카오;005380.KS,Hyundai,현대차,현대자동차;7203.T,Toyota,도요타;6758.T,Sony,소니;SAP,SAP;ASML,ASML;" +
    "KO,Coca-Cola,코카콜라;MCD,McDonald's,맥도날드;NKE,Nike,나이키;DIS,Disney,디즈니;JPM,JPMorgan"
)

/** Currencies by code. */
export const currencies: ReadonlyArray<ReadonlyArray<string>> = table(
  "USD,US dollars,US dollar,dollars,dollar,달러,$;EUR,euros,euro,유로,€;KRW,Korean won,won,원화,₩;JPY,yen,엔화,¥;" +
    "GBP,pounds,pound,파운드,£;CNY,yuan,위안;CHF,francs,franc;CAD,Canadian dollars;AUD,Australian dollars;INR,rupees,루피;NOK,kroner"
)

/** Languages, each with its code. */
export const languages: ReadonlyArray<ReadonlyArray<string>> = table(
  "English,en,영어;Korean,ko,한국어;French,fr,프랑스어,불어;Spanish,es,스페인어;German,de,독일어,독어;Japanese,ja,일본어;" +
    "Chinese,zh,중국어;Portuguese,pt,포르투갈어;Italian,it,이탈리아어;Dutch,nl,네덜란드어;Russian,ru,러시아어;Arabic,ar,아랍어;" +
    "Hindi,hi,힌디어;Vietnamese,vi,베트남어;Thai,th,태국어;Norwegian,no,노르웨이어;Swedish,sv,스웨덴어"
)
